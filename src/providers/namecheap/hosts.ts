import type { Name } from '../../dns/name.ts';
import { isZonecutError } from '../../error.ts';
import { checkChanges, keyOf, standingOf } from '../change-set.ts';
import { canonicalJson, digestOf } from '../digest.ts';
import type { HostedZone, RRsetChange, ZoneSnapshot } from '../provider.ts';
import type { Answer, NamecheapApi } from './api.ts';
import { resultOf } from './api.ts';
import { namecheapCapabilities } from './capabilities.ts';
import type { DomainParts } from './domain.ts';
import { domainParts } from './domain.ts';
import { newRows } from './new-rows.ts';
import type { Row } from './rows.ts';
import { describeRow, ownerOf, readRows, rowsWithout } from './rows.ts';
import { isYes } from './xml.ts';

/** Tries of a write whose answer was lost and that the zone does not show. */
const maxWriteTries = 4;

/** Everything that getHosts shows of a domain. */
export interface Hosts {
  /** How the domain's mail is handled, as it came; null when the answer does not say. */
  readonly emailType: string | null;
  readonly rows: readonly Row[];
}

/** Reads all rows of a domain. An answer of which a row got lost is ZC_PROVIDER_RESPONSE. */
export async function readHosts(
  api: NamecheapApi,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<Hosts> {
  const command = 'namecheap.domains.dns.getHosts';
  const answer = await api.ask(command, { ...partsOf(api, zone.apex) }, signal);
  return hostsOf(api, answer, zone.apex);
}

/** Reads the answer to getHosts. */
export function hostsOf(api: NamecheapApi, answer: Answer, apex: Name): Hosts {
  const command = 'namecheap.domains.dns.getHosts';
  const result = resultOf(api, command, answer, 'domaindnsgethostsresult');
  const domain = result.attributes.get('domain')?.toLowerCase();
  if (domain === undefined || `${domain}.` !== apex) {
    throw api.http.fault(
      'ZC_PROVIDER_RESPONSE',
      `${command}: the answer is about ${domain ?? 'no domain'}, not ${apex}`,
    );
  }
  if (!isYes(result.attributes.get('isusingourdns'))) {
    throw api.http.fault(
      'ZC_PROVIDER_REFUSED',
      `${apex} uses name servers of another host, so its records are not at Namecheap`,
      'Name that host as the parent.',
    );
  }
  const rows = result.children
    .filter(child => child.name === 'host')
    .map(child => readRow(api, child.attributes));
  // A zone is written from what was read of it: a row that was not understood would be deleted.
  const present = answer.text.match(/<(?:[a-z_][\w.-]*:)?host[\s/>]/gi)?.length ?? 0;
  if (rows.length !== present || rows.length !== result.children.length) {
    throw api.http.fault(
      'ZC_PROVIDER_RESPONSE',
      `${command}: ${rows.length} of ${Math.max(present, result.children.length)} rows could be read`,
    );
  }
  return { emailType: result.attributes.get('emailtype') ?? null, rows };
}

function readRow(api: NamecheapApi, attributes: ReadonlyMap<string, string>): Row {
  const field = (name: string): string => {
    const value = attributes.get(name);
    if (value === undefined)
      throw api.http.fault('ZC_PROVIDER_RESPONSE', `namecheap.domains.dns.getHosts: a row has no ${name}`);
    return value;
  };
  return {
    host: field('name'),
    type: field('type').toUpperCase(),
    address: field('address'),
    mxPref: attributes.get('mxpref') ?? '',
    ttl: field('ttl'),
    active: attributes.get('isactive') === undefined || isYes(attributes.get('isactive')),
    dynamic: isYes(attributes.get('isddnsenabled')),
  };
}

/** What Namecheap shows of a zone. */
export function snapshotOf(zone: HostedZone, hosts: Hosts): ZoneSnapshot {
  const { rrsets, others } = readRows(zone.apex, hosts.rows);
  const digest = digestOf([
    `EmailType ${hosts.emailType ?? ''}`,
    ...hosts.rows.map(row => canonicalJson(row)),
  ]);
  return { zone, rrsets, otherRows: others.map(({ owner, text }) => ({ owner, text })), digest };
}

/**
 * `Provider.changeZone`: read, compare, write everything, read back, and put back what is missing.
 *
 * Between the read and the write nothing can hold off somebody else's edit: Namecheap has no lock and no version.
 */
export async function changeHosts(
  api: NamecheapApi,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<void> {
  checkChanges(zone, changes);
  for (let count = 1; count <= maxWriteTries; count += 1) {
    const before = await readHosts(api, zone, signal);
    const wanted = rowsAfter(api, zone, before, changes);
    if (wanted === null) return;
    const sent = await writeHosts(api, zone, { ...before, rows: wanted }, signal);
    const after = await readUntil(api, zone, hosts => isAsMeant(hosts, wanted, before.emailType), signal);
    if (isAsMeant(after, wanted, before.emailType)) return;
    const untouched = isAsMeant(after, before.rows, before.emailType);
    if (sent !== null && untouched) {
      await api.http.backOff(count, signal);
      continue;
    }
    throw await restored(api, zone, before, wanted, after, signal);
  }
  throw api.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `the answer to ${maxWriteTries} writes of ${zone.apex} was lost, and none was made`,
    'Repeat the command.',
  );
}

/** Reads the rows, and once more after a pause when they are not as hoped: a read must not be taken too early for a loss. */
async function readUntil(
  api: NamecheapApi,
  zone: HostedZone,
  hoped: (hosts: Hosts) => boolean,
  signal: AbortSignal | undefined,
): Promise<Hosts> {
  const hosts = await readHosts(api, zone, signal);
  if (hoped(hosts)) return hosts;
  await api.http.backOff(1, signal);
  return await readHosts(api, zone, signal);
}

/** The rows that must be there after the changes; null when they are there already. Throws ZC_PROVIDER_CONFLICT and ZC_PROVIDER_REFUSED. */
function rowsAfter(
  api: NamecheapApi,
  zone: HostedZone,
  before: Hosts,
  changes: readonly RRsetChange[],
): readonly Row[] | null {
  const { rrsets, others } = readRows(zone.apex, before.rows);
  const standing = standingOf(changes, rrsets);
  if (standing.kind === 'done') return null;
  if (standing.kind === 'conflict') {
    throw api.http.fault(
      'ZC_PROVIDER_CONFLICT',
      standing.problem,
      'Somebody else changed the zone; make the plan again.',
    );
  }
  const changed = new Set(changes.map(change => keyOf(change.owner, change.type)));
  const hidden = others.find(other => changed.has(keyOf(other.owner, other.type)));
  if (hidden !== undefined) {
    throw api.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `a row at ${hidden.owner} cannot be read: ${hidden.text}`,
      'Look at it on the page Advanced DNS.',
    );
  }
  checkKeepable(api, zone, before);
  const kept = before.rows.filter(row => !changed.has(keyOf(ownerOf(zone.apex, row), row.type)));
  const added = changes.flatMap(change => (change.to === null ? [] : newRows(api, zone, change.to)));
  const rows = [...kept, ...added];
  const limit = namecheapCapabilities.maxRecords ?? Number.POSITIVE_INFINITY;
  if (rows.length > limit) {
    throw api.http.fault(
      'ZC_PROVIDER_REFUSED',
      `${zone.apex} would hold ${rows.length} records; Namecheap allows ${limit}`,
      'Remove records that are not needed.',
    );
  }
  return rows;
}

/** Refuses zones that a write would change beyond what was asked. */
function checkKeepable(api: NamecheapApi, zone: HostedZone, hosts: Hosts): void {
  const refuse = (problem: string, hint: string): never => {
    throw api.http.fault('ZC_PROVIDER_REFUSED', `${zone.apex} ${problem}`, hint);
  };
  const byHand =
    'Add the rows by hand on the page Advanced DNS, then run zonecut again: it goes on from there.';
  const mail = hosts.emailType?.toUpperCase() ?? null;
  if (mail === null && hosts.rows.some(row => row.type === 'MX' || row.type === 'MXE')) {
    refuse('has mail records, but Namecheap does not say of which kind (EmailType is absent)', byHand);
  }
  if (mail === 'OX' || mail === 'GMAIL') {
    refuse(
      `has hosted mail (EmailType ${mail}); nobody documents whether its records survive a write by the API`,
      byHand,
    );
  }
  const dynamic = hosts.rows.find(row => row.dynamic);
  if (dynamic !== undefined) {
    refuse(
      `has a record of Dynamic DNS (${dynamic.host}); a write by the API would make it a plain one`,
      byHand,
    );
  }
  const inactive = hosts.rows.find(row => !row.active);
  if (inactive !== undefined) {
    refuse(
      `has a record that is switched off (${inactive.host} ${inactive.type}); a write by the API would switch it on`,
      byHand,
    );
  }
}

/** Sends all rows. Null when Namecheap said that it is done; else what is known of a lost or denying answer. */
async function writeHosts(
  api: NamecheapApi,
  zone: HostedZone,
  hosts: Hosts,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const command = 'namecheap.domains.dns.setHosts';
  const outcome = await api.tell(command, { ...partsOf(api, zone.apex), ...parametersOf(hosts) }, signal);
  if (outcome.kind === 'lost') return outcome.problem;
  const result = resultOf(api, command, outcome.value, 'domaindnssethostsresult');
  return isYes(result.attributes.get('issuccess')) ? null : 'IsSuccess is not true';
}

/** The parameters of setHosts: each row as it came, and the EmailType without which MX rows are dropped. */
export function parametersOf(hosts: Hosts): Readonly<Record<string, string>> {
  const parameters = new Map<string, string>();
  const hasMail = hosts.rows.some(row => row.type === 'MX');
  const emailType = hosts.emailType ?? (hasMail ? 'MX' : null);
  if (emailType !== null) parameters.set('EmailType', emailType);
  hosts.rows.forEach((row, index) => {
    const number = index + 1;
    parameters.set(`HostName${number}`, row.host);
    parameters.set(`RecordType${number}`, row.type);
    parameters.set(`Address${number}`, row.address);
    parameters.set(`MXPref${number}`, row.mxPref === '' ? '10' : row.mxPref);
    parameters.set(`TTL${number}`, row.ttl);
  });
  return Object.fromEntries(parameters);
}

function isAsMeant(hosts: Hosts, rows: readonly Row[], emailType: string | null): boolean {
  return (
    hasMail(hosts, emailType) &&
    rowsWithout(rows, hosts.rows).length === 0 &&
    rowsWithout(hosts.rows, rows).length === 0
  );
}

/**
 * The zone reads back otherwise than it was written. Rows that are missing are put back, with the change made: servers that
 * show each write in their own time would else say first the new, then the old and then the new again. Only when that never
 * reads back, the rows of before are. Rows that somebody added meanwhile stay, and so do those that somebody put in the place of
 * others. The error says what it came to.
 */
async function restored(
  api: NamecheapApi,
  zone: HostedZone,
  before: Hosts,
  wanted: readonly Row[],
  after: Hosts,
  signal: AbortSignal | undefined,
): Promise<Error> {
  const ours = [...before.rows, ...wanted];
  const { missing, extra } = mendingOf(ours, wanted, wanted, after);
  const list = (rows: readonly Row[]): string => rows.slice(0, 5).map(describeRow).join('; ') || 'none';
  const seen = `after the write of ${zone.apex}, missing: ${list(missing)}; not from us: ${list(extra)}`;
  const conflict = (problem: string, hint: string): Error =>
    api.http.fault('ZC_PROVIDER_CONFLICT', `${seen}; ${problem}`, hint);
  if (missing.length === 0 && hasMail(after, before.emailType)) {
    return conflict(
      'nothing was lost, and the change is made',
      'Somebody else changed the zone at the same time; look at it, then repeat the command.',
    );
  }
  const forward = await putBack(
    api,
    zone,
    { before, ours, base: wanted, goal: wanted, found: after },
    signal,
  );
  if (forward.problem === null) {
    return conflict(
      'the missing rows were put back, and the change is made',
      'Look at the zone, then repeat the command.',
    );
  }
  const base = rowsWithout(before.rows, forward.replaced);
  const back = await putBack(api, zone, { before, ours, ...forward, base }, signal);
  return back.problem === null
    ? conflict('the rows of before were put back', 'Look at the zone, then make the plan again.')
    : conflict(
        `the rows of before could not be put back (${back.problem}). They were: ${before.rows.map(describeRow).join('; ')}`,
        'Put the missing rows back on the page Advanced DNS.',
      );
}

/**
 * What the zone lacks of `goal`, what it has that `goal` has not, the rows of which others wrote something else in their place, and the
 * rows that it shall have: those of `base`, and what others wrote, seen now or already in `goal`. `ours` are the rows that were there
 * before, and those that we wrote.
 */
function mendingOf(
  ours: readonly Row[],
  base: readonly Row[],
  goal: readonly Row[],
  found: Hosts,
): Readonly<Record<'missing' | 'extra' | 'replaced' | 'rows', readonly Row[]>> {
  const extra = rowsWithout(found.rows, goal);
  const foreign = rowsWithout(extra, ours);
  const isReplaced = (row: Row): boolean =>
    foreign.some(other => other.host === row.host && other.type === row.type);
  const known = [...base, ...rowsWithout(goal, ours)];
  const replaced = rowsWithout(known, found.rows).filter(isReplaced);
  const missing = rowsWithout(goal, found.rows).filter(row => !isReplaced(row));
  return { missing, extra, replaced, rows: [...known.filter(row => !replaced.includes(row)), ...foreign] };
}

/** What is to be mended: the rows that the zone shall have, those last hoped for, and those last seen. */
interface Mending {
  readonly before: Hosts;
  readonly ours: readonly Row[];
  readonly base: readonly Row[];
  readonly goal: readonly Row[];
  readonly found: Hosts;
}

/** What was last hoped for and seen, and which rows others replaced; the problem is null when the zone reads back as hoped. */
interface Mended extends Pick<Mending, 'goal' | 'found'> {
  readonly replaced: readonly Row[];
  readonly problem: string | null;
}

/**
 * Writes the rows of `base`, and what others added, until the zone reads back so, a bounded number of times; each time
 * out of what was read last, since others go on working. The problem is a sentence when it never does.
 */
async function putBack(
  api: NamecheapApi,
  zone: HostedZone,
  { before, ours, base, ...first }: Mending,
  signal: AbortSignal | undefined,
): Promise<Mended> {
  let { goal, found } = first;
  let replaced: readonly Row[] = [];
  let problem = 'the rows differ still';
  for (let count = 1; count <= maxWriteTries; count += 1) {
    const mending = mendingOf(ours, rowsWithout(base, replaced), goal, found);
    goal = mending.rows;
    replaced = [...replaced, ...mending.replaced];
    try {
      problem = (await writeHosts(api, zone, { ...before, rows: goal }, signal)) ?? problem;
      found = await readHosts(api, zone, signal);
    } catch (error) {
      if (!isZonecutError(error)) throw error;
      problem = error.message;
    }
    const { missing } = mendingOf(ours, base, goal, found);
    if (hasMail(found, before.emailType) && missing.length === 0 && isWithout(found, ours, goal)) {
      return { goal, found, replaced, problem: null };
    }
    await api.http.backOff(count, signal);
  }
  return { goal, found, replaced, problem };
}

/** Whether no row of ours stands in the zone that shall not. */
function isWithout(found: Hosts, ours: readonly Row[], goal: readonly Row[]): boolean {
  const extra = rowsWithout(found.rows, goal);
  return rowsWithout(extra, ours).length === extra.length;
}

function hasMail({ emailType }: Hosts, wanted: string | null): boolean {
  return wanted === null || emailType?.toUpperCase() === wanted.toUpperCase();
}

function partsOf(api: NamecheapApi, apex: Name): DomainParts {
  const parts = domainParts(apex);
  if (parts !== null) return parts;
  throw api.http.fault(
    'ZC_ZONE_NOT_FOUND',
    `${apex} is no registrable domain, and Namecheap has no other zones`,
  );
}
