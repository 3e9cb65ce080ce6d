import { dnskeyOf, dsOfKey, zoneKeyFlag } from '../../dns/dnssec.ts';
import type { Rcode } from '../../dns/message.ts';
import type { Name } from '../../dns/name.ts';
import { isType, type RRset, type RRType } from '../../dns/rrset.ts';
import type { ZonecutError } from '../../error.ts';
import { inCanonicalOrder } from '../change-set.ts';
import { digestOf } from '../digest.ts';
import type { HostedZone, ZoneSigning, ZoneSnapshot } from '../provider.ts';
import type { Answer, PrimaryServer } from './server.ts';

/**
 * What a signer puts into a zone and renews by itself; TYPE65534 is where BIND notes how far its signing is.
 */
const madeBySigner: ReadonlySet<RRType> = new Set(['RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM', 'TYPE65534']);

/** What belongs to the keys of a zone, and changes as they roll. */
const ofKeys: ReadonlySet<RRType> = new Set(['DNSKEY', 'CDS', 'CDNSKEY']);

/** The flag of a DNSKEY that is meant for the DS at the parent (RFC 4034 section 2.1.1). */
const entryPointFlag = 0x1;

/** Reads the zone by a transfer. Throws ZC_RIGHTS when the key may not, ZC_ZONE_NOT_FOUND when there is none. */
export async function readRecords(
  server: PrimaryServer,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSnapshot> {
  const rrsets = (await readAll(server, zone.apex, signal)).filter(set => !madeBySigner.has(set.type));
  const lines = rrsets.flatMap(set => set.data.map(data => `${set.owner} ${set.ttl} ${set.type} ${data}`));
  return { zone, rrsets: inCanonicalOrder(rrsets), otherRows: [], digest: digestOf(lines) };
}

/** The RRsets that nobody but whoever changes the zone changes: without those of the keys at the apex. */
export function withoutKeys(apex: Name, rrsets: readonly RRset[]): readonly RRset[] {
  return rrsets.filter(set => set.owner !== apex || !ofKeys.has(set.type));
}

/** What the zone shows of its signing: the server alone decides on it. */
export async function readZoneSigning(
  server: PrimaryServer,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const own = (await readAll(server, zone.apex, signal)).filter(set => set.owner === zone.apex);
  const dnskeys = own.find(set => isType(set, 'DNSKEY'))?.data ?? [];
  const cds = own.find(set => isType(set, 'CDS'))?.data ?? [];
  const signsSoa = own.some(set => set.type === 'RRSIG' && set.data.some(data => data.startsWith('SOA ')));
  // `0 0 0 00` asks the parent to remove its DS (RFC 8078 section 4).
  const published = cds.filter(data => !data.startsWith('0 0 0 '));
  const entryPoints = dnskeys.filter(data => isEntryPoint(dnskeyOf(data).flags));
  return {
    state: dnskeys.length === 0 ? 'unsigned' : signsSoa ? 'signed' : 'signing',
    ds: published.length > 0 ? published : entryPoints.map(data => dsOfKey(zone.apex, data)),
    dnskeys,
    cds,
  };
}

const isEntryPoint = (flags: number): boolean =>
  (flags & zoneKeyFlag) !== 0 && (flags & entryPointFlag) !== 0;

async function readAll(
  server: PrimaryServer,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<readonly RRset[]> {
  const zone = await server.transfer(apex, signal);
  if (!('refused' in zone)) return zone.rrsets;
  if (zone.signedBy === 'nobody') throw await unsignedFault(server, apex, zone.refused, signal);
  throw transferFault(server, apex, zone.refused);
}

/**
 * What a refusal without a signature means: some servers refuse so both what they have no zone for and keys that they do
 * not know. Whether anybody gets an answer there tells which.
 */
export async function unsignedFault(
  server: PrimaryServer,
  apex: Name,
  rcode: Rcode,
  signal: AbortSignal | undefined,
): Promise<ZonecutError> {
  const { caller, settings } = server;
  return isAuthority(await server.askPlainly(apex, 'SOA', signal), apex)
    ? caller.fault(
        'ZC_CREDENTIALS',
        `it answers for ${apex}, but not with the key ${settings.key.name} (${rcode})`,
        'Compare name, algorithm and secret of the key with those in the configuration of the server.',
      )
    : caller.fault(
        'ZC_ZONE_NOT_FOUND',
        `it has no zone ${apex} (${rcode})`,
        'Create the zone there, or name the server that has it in RFC2136_NAMESERVER.',
      );
}

/** Whether the answer to `apex SOA` is that of an authority for the zone. */
export function isAuthority({ rcode, message }: Answer, apex: Name): boolean {
  return (
    rcode === 'NOERROR' &&
    message.authoritative &&
    message.answer.some(record => record.owner === apex && record.type === 'SOA')
  );
}

function transferFault(server: PrimaryServer, apex: Name, rcode: Rcode): ZonecutError {
  const { caller, settings } = server;
  if (rcode === 'NOTAUTH' || rcode === 'NOTZONE' || rcode === 'NXDOMAIN') {
    return caller.fault(
      'ZC_ZONE_NOT_FOUND',
      `it has no zone ${apex} (${rcode})`,
      'Create the zone there, or name the server that has it in RFC2136_NAMESERVER.',
    );
  }
  return caller.fault(
    rcode === 'REFUSED' ? 'ZC_RIGHTS' : 'ZC_PROVIDER_REFUSED',
    `the key ${settings.key.name} may not transfer the zone ${apex} (${rcode})`,
    'Allow the key to transfer it: `allow-transfer { key ...; };` with BIND, `action: [transfer, update]` of an acl with Knot.',
  );
}
