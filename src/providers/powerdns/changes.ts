import { rdataOfSoa, soaOf } from '../../dns/rdata.ts';
import type { RRset } from '../../dns/rrset.ts';
import { checkChanges, differences, keyOf, rrsetsAfter, standingOf } from '../change-set.ts';
import type { JsonObject } from '../json.ts';
import type { HostedZone, RRsetChange } from '../provider.ts';
import { type PowerdnsApi, pathOfZone } from './api.ts';
import { type PowerdnsZone, readPowerdnsZone } from './records.ts';
import { type RRsetsBody, writeSpelled } from './spelling.ts';

/** Tries of a change whose answer was lost. */
const maxChangeTries = 4;

/** Types whose records belong to keys; the server serves those of others only when it is told to. */
const keyTypes: ReadonlySet<string> = new Set(['DNSKEY', 'CDS', 'CDNSKEY']);

/** `Provider.changeZone`: read, compare, one PATCH of whole RRsets, read back. */
export async function changeRecords(
  api: PowerdnsApi,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<void> {
  checkChanges(zone, changes);
  refuseKeys(api, changes);
  for (let count = 1; count <= maxChangeTries; count += 1) {
    const before = await readPowerdnsZone(api, zone, signal);
    if (isDone(api, changes, before)) return;
    if (/^(slave|secondary|consumer)$/i.test(before.kind)) {
      throw api.http.fault(
        'ZC_PROVIDER_REFUSED',
        `${zone.apex} is a ${before.kind} zone there, which another server changes`,
        'Name the host of its primary server.',
      );
    }
    const patch = patchOf(before, zone, changes);
    const outcome = await writeSpelled(api, 'PATCH', pathOfZone(zone.id), patch, signal);
    const after = await readPowerdnsZone(api, zone, signal);
    if (standingOf(changes, after.snapshot.rrsets).kind === 'done') {
      checkWritten(api, zone, changes, before, after);
      return;
    }
    if (outcome.kind === 'done') {
      throw api.http.fault(
        'ZC_PROVIDER_CONFLICT',
        `the change of ${zone.apex} was accepted, but the zone does not show it`,
        'Look at the zone, then make the plan again.',
      );
    }
    await api.http.backOff(count, signal);
  }
  throw api.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `${maxChangeTries} tries to change ${zone.apex} came to nothing; the zone is as it was`,
    'Repeat the command.',
  );
}

function refuseKeys(api: PowerdnsApi, changes: readonly RRsetChange[]): void {
  const ofKeys = changes.find(({ type, to }) => to !== null && keyTypes.has(type));
  if (ofKeys === undefined || api.hasDirectDnskey) return;
  throw api.http.fault(
    'ZC_PROVIDER_REFUSED',
    `${ofKeys.owner} ${ofKeys.type} would be written and not served: the server serves its own keys only`,
    'Set direct-dnskey=yes in pdns.conf, and PDNS_DIRECT_DNSKEY=yes here.',
  );
}

/** Whether all is there already. Throws ZC_PROVIDER_CONFLICT when something else is there. */
function isDone(api: PowerdnsApi, changes: readonly RRsetChange[], now: PowerdnsZone): boolean {
  const hidden = changes.find(change => now.unread.has(keyOf(change.owner, change.type)));
  if (hidden !== undefined) {
    throw api.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `${hidden.owner} ${hidden.type} is there with data that zonecut cannot read, and is not touched`,
      'Change it by hand.',
    );
  }
  const standing = standingOf(changes, now.snapshot.rrsets);
  if (standing.kind !== 'conflict') return standing.kind === 'done';
  throw api.http.fault(
    'ZC_PROVIDER_CONFLICT',
    standing.problem,
    'Somebody else changed the zone; make the plan again.',
  );
}

/** The body of one PATCH: what is switched off goes along, and the serial where the server does not count it. */
function patchOf(now: PowerdnsZone, zone: HostedZone, changes: readonly RRsetChange[]): RRsetsBody {
  const soa = now.snapshot.rrsets.find(set => set.owner === zone.apex && set.type === 'SOA');
  const counted = now.soaEditApi === '' || /^off$/i.test(now.soaEditApi);
  return {
    rrsets: [
      ...changes.map(({ owner, type, from, to }) => {
        const off = now.kept.get(keyOf(owner, type)) ?? [];
        if (to === null && off.length === 0) return { name: owner, type, changetype: 'DELETE' };
        return replacement(owner, type, (to ?? from)?.ttl ?? 0, [...recordsOf(to), ...off]);
      }),
      ...(counted && soa !== undefined ? [nextSoa(soa)] : []),
    ],
  };
}

function replacement(name: string, type: string, ttl: number, records: readonly JsonObject[]): JsonObject {
  return { name, type, ttl, changetype: 'REPLACE', records };
}

/** The records of an RRset as the API takes them. */
export function recordsOf(rrset: RRset | null): readonly JsonObject[] {
  return (rrset?.data ?? []).map(content => ({ content, disabled: false }));
}

function nextSoa({ owner, type, ttl, data }: RRset): JsonObject {
  const counted = data.map(value => {
    const soa = soaOf(value);
    return { content: rdataOfSoa({ ...soa, serial: (soa.serial + 1) % 2 ** 32 }), disabled: false };
  });
  return replacement(owner, type, ttl, counted);
}

function checkWritten(
  api: PowerdnsApi,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  before: PowerdnsZone,
  after: PowerdnsZone,
): void {
  const was = before.snapshot.otherRows.map(row => row.text);
  const is = after.snapshot.otherRows.map(row => row.text);
  const lines = [
    ...differences(zone.apex, rrsetsAfter(before.snapshot.rrsets, changes), after.snapshot.rrsets),
    ...was.filter(text => !is.includes(text)).map(text => `gone: ${text}`),
    ...is.filter(text => !was.includes(text)).map(text => `new: ${text}`),
  ];
  if (lines.length === 0) return;
  throw api.http.fault(
    'ZC_PROVIDER_CONFLICT',
    `the change of ${zone.apex} was made, but the zone reads back otherwise: ${lines.slice(0, 5).join('; ')}`,
    'Somebody else changed the zone at the same time; look at it, then make the plan again.',
  );
}
