import type { Name } from '../../src/dns/name.ts';
import { isAtOrBelow, relativeTo } from '../../src/dns/name.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import type { Internet } from '../../src/sandbox/internet.ts';
import {
  bindExample,
  cloudflareExample,
  dynExample,
  namecheapExample,
  ociExample,
  powerdnsExample,
  route53Example,
} from '../../src/sandbox/topology.ts';

/** A host as tests look at it: what the account really holds, past its API. */
export interface Account {
  readonly id: HostId;
  /** The zone that is there from the beginning, and that cuts are made in. */
  readonly apex: Name;
  /** How many name servers it gives a zone; 0 where it makes none. */
  readonly zoneServers: number;
  /** Every row of the zone, as the account keeps it, in its order, without those of the NS RRset of `cut`. */
  rowsBeside(internet: Internet, cut: Name): readonly string[];
  /** The NS set of `cut` that the account holds in its example zone, sorted; empty for none. */
  nsOf(internet: Internet, cut: Name): readonly Name[];
  /** The zones of exactly that apex, each with its name servers, sorted, and RRsets. */
  zonesOf(internet: Internet, apex: Name): readonly HeldZone[];
  /** Adds an RRset to the example zone, as somebody else would in the console. */
  put(internet: Internet, rrset: RRset): void;
  /** Makes a zone as somebody else would in the console. */
  makeZone(internet: Internet, apex: Name, rrsets: readonly RRset[]): void;
}

export type HostId = 'namecheap' | 'dyn' | 'route53' | 'oci' | 'cloudflare' | 'rfc2136' | 'powerdns';

export interface HeldZone {
  readonly servers: readonly Name[];
  readonly rrsets: readonly RRset[];
}

const namecheap: Account = {
  id: 'namecheap',
  zoneServers: 0,
  apex: namecheapExample.apex,
  rowsBeside: (internet, cut) =>
    internet.hosts.namecheap
      .rows('example.com')
      .filter(row => !(row.type === 'NS' && row.name === relativeTo(cut, namecheapExample.apex)))
      // The service gives every row a new ID at each write of the whole zone.
      .map(({ id: _id, ...row }) => JSON.stringify(row))
      .sort(),
  nsOf: (internet, cut) => nsIn(internet.hosts.namecheap.rrsets('example.com'), cut),
  zonesOf: () => [],
  put: (internet, rrset) =>
    internet.hosts.namecheap.edit('example.com', rows => [
      ...rows,
      ...rrset.data.map(data => {
        const row = {
          name: relativeTo(rrset.owner, namecheapExample.apex),
          type: rrset.type,
          ttl: rrset.ttl,
        };
        if (rrset.type === 'MX') {
          const [preference = '', exchange = ''] = data.split(' ');
          return { ...row, address: exchange, mxPref: Number(preference) };
        }
        return { ...row, address: rrset.type === 'TXT' ? data.slice(1, -1) : data };
      }),
    ]),
  makeZone: () => {
    throw new Error('Namecheap makes no zones');
  },
};

const route53: Account = {
  id: 'route53',
  zoneServers: 4,
  apex: route53Example.apex,
  rowsBeside: (internet, cut) =>
    [...route53Zone(internet).records.values()]
      .filter(set => !(set.type === 'NS' && set.name === cut))
      .map(set => JSON.stringify(set))
      .sort(),
  nsOf: (internet, cut) => nsIn(internet.hosts.route53.rrsets(route53Zone(internet).id), cut),
  zonesOf: (internet, apex) =>
    internet.hosts.route53
      .zones()
      .filter(zone => zone.name === apex)
      .map(zone => ({
        servers: [...zone.nameServers].sort(),
        rrsets: internet.hosts.route53.rrsets(zone.id),
      })),
  put: (internet, rrset) => internet.hosts.route53.put(route53Zone(internet).id, rrset),
  makeZone: (internet, apex, rrsets) => void internet.hosts.route53.seedZone({ name: apex, rrsets }),
};

function route53Zone(internet: Internet) {
  const zone = internet.hosts.route53.zones().find(({ name }) => name === route53Example.apex);
  if (zone === undefined) {
    throw new Error('the account at Route 53 has lost its zone');
  }
  return zone;
}

const dyn: Account = {
  id: 'dyn',
  zoneServers: 4,
  apex: dynExample.apex,
  rowsBeside: (internet, cut) =>
    dynZone(internet)
      .records.filter(record => !(record.type === 'NS' && record.fqdn === cut))
      .map(record => JSON.stringify(record.type === 'SOA' ? { ...record, data: null } : record))
      .sort(),
  nsOf: (internet, cut) => nsIn(internet.hosts.dyn.rrsets(dynExample.apex), cut),
  zonesOf: (internet, apex) =>
    internet.hosts.dyn
      .zones()
      .filter(zone => zone.name === apex)
      .map(zone => {
        const rrsets = internet.hosts.dyn.rrsets(zone.name);
        return { servers: nsIn(rrsets, apex), rrsets };
      }),
  put: (internet, rrset) => internet.hosts.dyn.put(dynExample.apex, rrset),
  makeZone: (internet, apex, rrsets) => internet.hosts.dyn.seedZone({ name: apex, rrsets }),
};

function dynZone(internet: Internet) {
  const zone = internet.hosts.dyn.zones().find(({ name }) => name === dynExample.apex);
  if (zone === undefined) {
    throw new Error('the account at Dyn has lost its zone');
  }
  return zone;
}

/** A host whose zones hold RRsets and nothing else. */
function ownServer(
  id: HostId,
  apex: Name,
  zoneServers: number,
  server: (internet: Internet) => Pick<Internet['hosts']['bind'], 'rrsets' | 'put' | 'seedZone'>,
): Account {
  return {
    id,
    apex,
    zoneServers,
    rowsBeside: (internet, cut) =>
      server(internet)
        .rrsets(apex)
        .filter(set => !(set.type === 'NS' && set.owner === cut))
        .map(set => JSON.stringify(set.type === 'SOA' ? { ...set, data: null } : set))
        .sort(),
    nsOf: (internet, cut) => nsIn(server(internet).rrsets(apex), cut),
    zonesOf: (internet, wanted) => {
      const rrsets = server(internet).rrsets(wanted);
      return rrsets.length === 0 ? [] : [{ servers: nsIn(rrsets, wanted), rrsets }];
    },
    put: (internet, rrset) => server(internet).put(apex, rrset),
    makeZone: (internet, name, rrsets) => server(internet).seedZone({ name, rrsets }),
  };
}

const rfc2136 = ownServer('rfc2136', bindExample.apex, 0, internet => internet.hosts.bind);
const oci = ownServer('oci', ociExample.apex, 4, internet => internet.hosts.oci);
const cloudflare = ownServer('cloudflare', cloudflareExample.apex, 2, internet => internet.hosts.cloudflare);
const powerdns = ownServer('powerdns', powerdnsExample.apex, 2, internet => internet.hosts.powerdns);

function nsIn(rrsets: readonly RRset[], owner: Name): readonly Name[] {
  const found = rrsets.find((set): set is RRset<'NS'> => set.owner === owner && set.type === 'NS');
  return found === undefined ? [] : [...found.data].sort();
}

/** The accounts by name. */
export const accounts: Readonly<Record<HostId, Account>> = {
  namecheap,
  dyn,
  route53,
  rfc2136,
  powerdns,
  oci,
  cloudflare,
};

/** An A RRset of `owner`. */
export function addressOf(owner: Name, address: string, ttl = 300): RRset {
  return rrsetOf(owner, 'A', ttl, address);
}

/** The RRsets of a zone beside SOA and the apex NS, in words. */
export function ownRecords(zone: HeldZone, apex: Name): readonly string[] {
  return zone.rrsets
    .filter(
      set =>
        isAtOrBelow(set.owner, apex) && !(set.owner === apex && (set.type === 'SOA' || set.type === 'NS')),
    )
    .map(set => `${set.owner} ${set.ttl} ${set.type} ${[...set.data].sort().join(' | ')}`)
    .sort();
}

/** The rows of `rows` that are of the name `owner` in the zone `apex`, and the others. */
export function partedRows(
  rows: readonly string[],
  owner: Name,
  apex: Name,
): { readonly mine: readonly string[]; readonly others: readonly string[] } {
  const isMine = (row: string): boolean =>
    row.includes(`"${owner}"`) || row.includes(`"${relativeTo(owner, apex)}"`);
  return { mine: rows.filter(isMine), others: rows.filter(row => !isMine(row)) };
}
