import { type Name, parseName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { makeZone } from '../../dns/zone.ts';
import type { EmulatorDeps } from '../emulation.ts';
import { hostedMailRows, rrsetsOfRows, type ZoneTimes } from './host-zone.ts';
import type { EmailType, HostRow, NewRow } from './rows.ts';

/** A domain of the account. */
export interface DomainState {
  readonly id: number;
  /** Without final dot. */
  readonly name: string;
  readonly apex: Name;
  /** `all`, or the rights that the user has (`hosts`, `dns`, ...). */
  readonly rights: 'all' | readonly string[];
  /** Only hosted, and registered elsewhere. */
  readonly isFreeDns: boolean;
  /** The name servers that the registry has, when they are not Namecheap's; null otherwise. */
  readonly customServers: readonly string[] | null;
  emailType: EmailType;
  rows: readonly HostRow[];
  /** RRsets that are served but that getHosts does not show (SRV). */
  hidden: readonly RRset[];
  serial: number;
}

/** How an account differs from a fresh one. */
export interface AccountSettings {
  readonly servers: readonly Name[];
  readonly times: ZoneTimes;
  /** Where web redirects and parking pages are served: an IPv4 address. */
  readonly redirectAddress: string;
  /** Whether a row keeps its HostId when setHosts sends it unchanged. */
  readonly keepsHostIds: boolean;
  /** Whether setHosts leaves the hidden RRsets alone. */
  readonly keepsHidden: boolean;
}

/** All that one account holds. */
export interface Account {
  readonly deps: EmulatorDeps;
  readonly settings: AccountSettings;
  /** By name in lower case. */
  readonly domains: Map<string, DomainState>;
  lastId: number;
}

/** A domain to put into the account from outside the API. */
export interface SeedDomain {
  /** Such as `example.com`. */
  readonly name: string;
  readonly rows?: readonly NewRow[];
  /** `MX` when there are MX rows, else `NONE`, unless given. */
  readonly emailType?: EmailType;
  readonly rights?: 'all' | readonly string[];
  readonly isFreeDns?: boolean;
  readonly customServers?: readonly string[];
  readonly hidden?: readonly RRset[];
}

/** Adds a domain and serves its zone. */
export function addDomain(account: Account, seed: SeedDomain): DomainState {
  const rows = (seed.rows ?? []).map(row => numbered(account, row));
  const domain: DomainState = {
    id: nextId(account),
    name: seed.name.toLowerCase(),
    apex: parseName(seed.name),
    rights: seed.rights ?? 'all',
    isFreeDns: seed.isFreeDns ?? false,
    customServers: seed.customServers ?? null,
    emailType: seed.emailType ?? (rows.some(row => row.type === 'MX') ? 'MX' : 'NONE'),
    rows,
    hidden: seed.hidden ?? [],
    serial: 0,
  };
  account.domains.set(domain.name, domain);
  publishDomain(account, domain);
  return domain;
}

function nextId(account: Account): number {
  account.lastId += 1;
  return account.lastId;
}

/** A row with an identifier of its own. */
export function numbered(account: Account, row: NewRow): HostRow {
  return {
    id: nextId(account),
    name: row.name,
    type: row.type,
    address: row.address,
    mxPref: row.mxPref ?? 10,
    ttl: row.ttl ?? 1800,
    appTitle: '',
    friendlyName: '',
    isDdnsEnabled: row.isDdnsEnabled ?? false,
  };
}

/** The rows that getHosts shows, in its order: by type, then by name. */
export function shownRows(account: Account, domain: DomainState): readonly HostRow[] {
  const mail = hostedMailRows(domain.emailType).map(
    (row, at): HostRow => ({ ...numbered(account, row), id: domain.id * 10 + at }),
  );
  return [...domain.rows, ...mail].sort(
    (a, b) => compareText(a.type, b.type) || compareText(a.name, b.name) || a.id - b.id,
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Serves the zone of `domain` as it is now, under a higher serial; nothing is served for one with custom servers. */
export function publishDomain(account: Account, domain: DomainState): void {
  const { clock, nameServers } = account.deps;
  domain.serial = Math.max(domain.serial + 1, Math.floor(clock.now() / 1000));
  if (domain.customServers === null) {
    nameServers.publish(
      `namecheap:${domain.name}`,
      makeZone(domain.apex, rrsetsOfDomain(account, domain)),
      account.settings.servers,
    );
  }
}

/** What the name servers answer with. */
export function rrsetsOfDomain(account: Account, domain: DomainState): readonly RRset[] {
  const { servers, times, redirectAddress } = account.settings;
  return [...rrsetsOfRows({ ...domain, servers, times, redirectAddress }), ...domain.hidden];
}
