import type { Message } from '../../dns/message.ts';
import type { Name } from '../../dns/name.ts';
import { makeRRset, type RRset, rrsetOf, sameData } from '../../dns/rrset.ts';
import { tsigOctets } from '../../dns/tsig.ts';
import { makeUpdate, type Prerequisite, type UpdateChange } from '../../dns/update.ts';
import { encodeMessage, maxMessageOctets } from '../../dns/wire.ts';
import type { ZonecutError } from '../../error.ts';
import { checkChanges, differences, rrsetsAfter, standingOf } from '../change-set.ts';
import type { HostedZone, Right, RRsetChange, ZoneSnapshot } from '../provider.ts';
import { readRecords, unsignedFault, withoutKeys } from './records.ts';
import type { PrimaryServer } from './server.ts';

/** Times that a change is computed and sent anew, when its answer was lost or somebody else was faster. */
const maxChangeTries = 4;

/** Looks at the zone after a change: a server that signs (BIND's inline-signing) shows it a moment later. */
const maxReadTries = 6;

/** TC, in the third octet of a message (RFC 1035 section 4.1.1). */
const truncatedFlag = 0x02;

/** Response codes that say that a prerequisite does not hold (RFC 2136 section 2.2). */
const staleCodes: ReadonlySet<string> = new Set(['NXDOMAIN', 'YXDOMAIN', 'NXRRSET', 'YXRRSET']);

/** `Provider.changeZone`: read, compare, send one UPDATE with prerequisites, read back. */
export async function changeRecords(
  server: PrimaryServer,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<void> {
  checkChanges(zone, changes);
  const message = updateOf(server, zone, changes);
  for (let count = 1; count <= maxChangeTries; count += 1) {
    const before = await readRecords(server, zone, signal);
    if (isDone(server, changes, before)) return;
    const outcome = await server.update(message, signal);
    const rcode = outcome.kind === 'done' ? outcome.value.rcode : null;
    if (rcode !== null && rcode !== 'NOERROR' && !staleCodes.has(rcode)) {
      throw outcome.kind === 'done' && outcome.value.signedBy === 'nobody' && rcode !== 'BADKEY'
        ? await unsignedFault(server, zone.apex, rcode, signal)
        : updateFault(server, zone, rcode);
    }
    if (rcode === 'NOERROR') {
      await readBack(server, zone, changes, before, signal);
      return;
    }
    // Lost, or a prerequisite did not hold: the zone itself tells which.
    await server.caller.backOff(count, signal);
  }
  if (isDone(server, changes, await readRecords(server, zone, signal))) return;
  throw server.caller.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `${maxChangeTries} tries to change ${zone.apex} came to nothing; the zone is as it was`,
    'Repeat the command.',
  );
}

/** Whether all is there already. Throws ZC_PROVIDER_CONFLICT when something else is there. */
function isDone(server: PrimaryServer, changes: readonly RRsetChange[], now: ZoneSnapshot): boolean {
  const standing = standingOf(changes, now.rrsets);
  if (standing.kind !== 'conflict') return standing.kind === 'done';
  throw server.caller.fault(
    'ZC_PROVIDER_CONFLICT',
    standing.problem,
    'Somebody else changed the zone; make the plan again.',
  );
}

/** Servers answer NOERROR to some changes that they pass over: what counts is what the zone shows. */
async function readBack(
  server: PrimaryServer,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  before: ZoneSnapshot,
  signal: AbortSignal | undefined,
): Promise<void> {
  const expected = withoutKeys(zone.apex, rrsetsAfter(before.rrsets, changes));
  for (let count = 1; ; count += 1) {
    const after = await readRecords(server, zone, signal);
    const done = standingOf(changes, after.rrsets).kind === 'done';
    const lines = differences(zone.apex, expected, withoutKeys(zone.apex, after.rrsets));
    if (done && lines.length === 0) return;
    if (done || count >= maxReadTries) {
      throw server.caller.fault(
        'ZC_PROVIDER_CONFLICT',
        `the server answered NOERROR, but the zone ${zone.apex} reads back otherwise: ${lines.slice(0, 5).join('; ')}`,
        done
          ? 'Somebody else changed the zone at the same time; look at it, then make the plan again.'
          : 'The server passes over what its rules do not allow, such as data beside a CNAME; look at its log.',
      );
    }
    if (count === 1) await renewApexTtl(server, zone, changes, after, signal);
    await server.caller.backOff(count, signal);
  }
}

/** The one message that asks for all of `changes`. Throws ZC_PROVIDER_REFUSED when there is none that can. */
function updateOf(server: PrimaryServer, zone: HostedZone, changes: readonly RRsetChange[]): Message {
  const { caller, settings } = server;
  const withoutNs = changes.find(
    ({ owner, type, to }) => owner === zone.apex && type === 'NS' && to === null,
  );
  const ofSoa = changes.find(({ owner, type }) => owner === zone.apex && type === 'SOA');
  if (withoutNs !== undefined || ofSoa !== undefined) {
    throw caller.fault(
      'ZC_PROVIDER_REFUSED',
      `${zone.apex} cannot be left without NS, and its SOA is the server's own (RFC 2136 section 3.4.2)`,
    );
  }
  const message = makeUpdate({
    zone: zone.apex,
    prerequisites: changes.map(prerequisiteOf),
    changes: [...removals(zone.apex, changes), ...additions(zone.apex, changes)],
  });
  // What does not fit is dropped from the end of a message, which is marked as truncated: half a change must not be sent.
  const octets = encodeMessage(message, { maxOctets: maxMessageOctets - tsigOctets(settings.key) });
  if (((octets[2] ?? 0) & truncatedFlag) === 0) return message;
  throw caller.fault(
    'ZC_PROVIDER_REFUSED',
    `${changes.length} changes do not fit into one UPDATE message of ${maxMessageOctets} octets`,
    'Change fewer RRsets at once: one message is done whole or not at all.',
  );
}

/** What must hold (RFC 2136 section 2.4): the RRset has exactly that data, or is not there. */
function prerequisiteOf({ owner, type, from }: RRsetChange): Prerequisite {
  return from === null ? { kind: 'rrset-absent', owner, type } : { kind: 'rrset-is', rrset: from };
}

/** What goes, DS before the NS that it needs beside it. The NS of the apex cannot go as a set (section 3.4.2.3). */
function removals(apex: Name, changes: readonly RRsetChange[]): readonly UpdateChange[] {
  return changes
    .filter(({ owner, type, from }) => from !== null && !(owner === apex && type === 'NS'))
    .sort((a, b) => Number(a.type === 'NS') - Number(b.type === 'NS'))
    .map(({ owner, type }) => ({ kind: 'delete-rrset', owner, type }));
}

/** What comes, NS first: BIND passes over DS where there is no NS. At the apex new NS come before old ones go. */
function additions(apex: Name, changes: readonly RRsetChange[]): readonly UpdateChange[] {
  return [...changes]
    .sort((a, b) => Number(b.type === 'NS') - Number(a.type === 'NS'))
    .flatMap(({ owner, type, from, to }): readonly UpdateChange[] => {
      if (to === null) return [];
      const left = owner === apex && type === 'NS' ? without(from, to) : null;
      return [
        { kind: 'add', rrset: to },
        ...(left === null ? [] : [{ kind: 'delete-records', rrset: left } as const]),
      ];
    });
}

/** Stands beside the NS of an apex within one UPDATE; nobody's zone ever shows it (RFC 6761 section 6.4). */
const ttlBearer = 'ttl.zonecut.invalid.';

/**
 * Gives the NS RRset of the apex its TTL where the server has the data and not the TTL: Knot DNS takes a TTL only from a
 * record that it does not have yet, and the set cannot be removed first, so a record of that TTL comes and goes in one message.
 */
async function renewApexTtl(
  server: PrimaryServer,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  now: ZoneSnapshot,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isApexNs = ({ owner, type }: { readonly owner: Name; readonly type: string }): boolean =>
    owner === zone.apex && type === 'NS';
  const to = changes.find(isApexNs)?.to ?? null;
  const found = now.rrsets.find(isApexNs);
  if (to === null || found === undefined || !sameData(found, to) || found.ttl === to.ttl) return;
  const one = rrsetOf(to.owner, to.type, to.ttl, ttlBearer);
  await server.update(
    makeUpdate({
      zone: zone.apex,
      prerequisites: [{ kind: 'rrset-is', rrset: found }],
      changes: [
        { kind: 'add', rrset: one },
        { kind: 'delete-records', rrset: one },
      ],
    }),
    signal,
  );
}

/** The records of `from` that are not in `to`; null when there are none. */
function without(from: RRset | null, to: RRset): RRset | null {
  const data = (from?.data ?? []).filter(value => !to.data.includes(value));
  return from === null || data.length === 0 ? null : makeRRset(from.owner, from.type, from.ttl, data);
}

function updateFault(server: PrimaryServer, zone: HostedZone, rcode: string): ZonecutError {
  const { caller, settings } = server;
  if (rcode === 'NOTAUTH') {
    return caller.fault(
      'ZC_ZONE_NOT_FOUND',
      `it is no primary server of ${zone.apex} (NOTAUTH); nothing was changed`,
      'Name the primary server in RFC2136_NAMESERVER.',
    );
  }
  return caller.fault(
    rcode === 'REFUSED' || rcode === 'BADKEY' ? 'ZC_RIGHTS' : 'ZC_PROVIDER_REFUSED',
    `the key ${settings.key.name} may not change this in ${zone.apex} (${rcode}); nothing was changed`,
    'Allow it: `update-policy { grant KEY subdomain NAME; };` with BIND, `action: update` of an acl with Knot.',
  );
}

/**
 * Whether the key may write at `owner`: asked by the removal of an NS RRset that is not there, on the condition that it is
 * not, which changes nothing whatever the answer is.
 */
export async function mayWriteRecords(
  server: PrimaryServer,
  zone: HostedZone,
  owner: Name,
  signal: AbortSignal | undefined,
): Promise<Right> {
  const outcome = await server.update(
    makeUpdate({
      zone: zone.apex,
      prerequisites: [{ kind: 'rrset-absent', owner, type: 'NS' }],
      changes: [{ kind: 'delete-rrset', owner, type: 'NS' }],
    }),
    signal,
  );
  if (outcome.kind === 'lost') return 'unknown';
  switch (outcome.value.rcode) {
    case 'NOERROR':
      return 'yes';
    case 'REFUSED':
    case 'NOTAUTH':
    case 'BADKEY':
      return 'no';
    default:
      return 'unknown';
  }
}
