import { createHash, createPrivateKey } from 'node:crypto';
import { dsOfKey } from '../../src/dns/dnssec.ts';
import { makeSigningKey, type SigningKey } from '../../src/dns/dnssec-keys.ts';
import { type DenialChain, signZone } from '../../src/dns/dnssec-zone.ts';
import type { Message } from '../../src/dns/message.ts';
import { ancestorsOf, labelCount, type Name, parseName, wildcardAt } from '../../src/dns/name.ts';
import type { ResourceRecord } from '../../src/dns/rrset.ts';
import { recordsOf } from '../../src/dns/rrset.ts';
import type { Zone } from '../../src/dns/zone.ts';
import { printZoneFile } from '../../src/dns/zonefile.ts';
import { parseTrustAnchors, type TrustAnchors } from '../../src/resolver/trust-anchors.ts';
import { type SimServer, zoneOfText } from './sim.ts';

/** Zones of a signed Internet. */
export interface SignedInternet {
  /** Zone files by apex, signed where they are. */
  readonly zones: Readonly<Record<string, string>>;
  readonly anchors: TrustAnchors;
  /** Gives a server's response the signatures and denials that a query with DO asks for. */
  readonly edit: NonNullable<SimServer['edit']>;
  /** The key of each zone that is signed. */
  readonly keys: ReadonlyMap<Name, SigningKey>;
}

/** When signatures are valid. */
export interface Validity {
  readonly inceptionSeconds: number;
  readonly expirationSeconds: number;
}

/** Signatures are valid from a day before the beginning of the simulation, for 30 days. */
export const defaultValidity: Validity = {
  inceptionSeconds: Date.UTC(2025, 11, 31) / 1000,
  expirationSeconds: Date.UTC(2026, 0, 30) / 1000,
};

/**
 * Signs `zones` (text by apex), those of `unsigned` excepted, and puts DS records into the zone above.
 *
 * Denials hold every NSEC or NSEC3 record of their zone: the zones are small.
 */
export function signedInternet(
  zones: Readonly<Record<string, string>>,
  options: {
    readonly unsigned?: readonly string[];
    readonly denial?: DenialChain;
    readonly validity?: Validity;
    /** Lines for zones, by apex, that are made of their key, and lines for the zone above. */
    readonly beside?: Readonly<
      Record<string, (key: SigningKey) => { readonly own: string; readonly above: string }>
    >;
  } = {},
): SignedInternet {
  const { unsigned = [], denial = { kind: 'nsec' }, validity = defaultValidity, beside = {} } = options;
  const apexes = Object.keys(zones)
    .map(apex => parseName(apex))
    .sort((a, b) => labelCount(b) - labelCount(a));
  const texts = new Map(Object.entries(zones).map(([apex, text]) => [parseName(apex), text]));
  const signed = new Map<Name, Zone | null>();
  const keys = new Map<Name, SigningKey>();
  const printed: Record<string, string> = {};
  let anchors: TrustAnchors | null = null;
  for (const apex of apexes) {
    const key = keyOf(apex);
    const { own, above: aboveLines } = beside[apex]?.(key) ?? { own: '', above: '' };
    const plain = zoneOfText(apex, `${texts.get(apex) ?? ''}\n${own}`);
    if (unsigned.some(name => parseName(name) === apex)) {
      printed[apex] = printZoneFile(plain);
      signed.set(apex, null);
      continue;
    }
    keys.set(apex, key);
    const { zone } = signZone(plain, [key], { ...validity, denial });
    signed.set(apex, zone);
    printed[apex] = printZoneFile(zone);
    const ds = `${apex} 3600 IN DS ${dsOfKey(apex, key.dnskey)}`;
    const parent = ancestorsOf(apex).find(above => above !== apex && texts.has(above));
    if (parent === undefined) {
      anchors = parseTrustAnchors(ds);
    } else {
      texts.set(parent, `${texts.get(parent)}\n${ds}\n${aboveLines}`);
    }
  }
  if (anchors === null) {
    throw new Error('the root is not signed');
  }
  return { zones: printed, anchors, keys, edit: (response, query) => withProofs(response, query, signed) };
}

/** The key of a zone: the same in every run, as is what is made of it. */
function keyOf(apex: Name): SigningKey {
  const seed = createHash('sha256').update(apex).digest();
  // RFC 8410 section 7: what stands before the 32 octets of a private key.
  const key = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return makeSigningKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }), { secureEntryPoint: false });
}

function withProofs(response: Message, query: Message, zones: ReadonlyMap<Name, Zone | null>): Message {
  if (query.edns?.dnssecOk !== true) {
    return response;
  }
  // Of the zones at or above a name, the deepest; null when that is not signed.
  const zoneAbove = (name: Name): Zone | null =>
    zones.get(ancestorsOf(name).find(above => zones.has(above)) ?? name) ?? null;
  const signed = (record: ResourceRecord): readonly ResourceRecord[] => {
    const home = zoneAbove(record.type === 'DS' ? parentName(record.owner) : record.owner);
    return record.type === 'NS' && !response.authoritative ? [] : signaturesOf(record, home).records;
  };
  const isExpanded = response.answer.some(
    record => signaturesOf(record, zoneAbove(record.owner)).owner !== record.owner,
  );
  const speaker = response.authority[0]?.owner ?? response.answer[0]?.owner;
  const zone = speaker === undefined ? null : zoneAbove(sourceOf(response, speaker));
  const hasDs = response.authority.some(({ type }) => type === 'DS');
  const denials = (response.answer.length === 0 || isExpanded) && !hasDs ? denialsOf(zone) : [];
  return {
    ...response,
    answer: distinct([...response.answer, ...response.answer.flatMap(signed)]),
    authority: distinct([
      ...response.authority,
      ...response.authority.flatMap(signed),
      ...denials,
      ...denials.flatMap(record => signaturesOf(record, zone).records),
    ]),
  };
}

/** The owner whose zone speaks: of a referral, the zone above the cut. */
function sourceOf(response: Message, speaker: Name): Name {
  const isReferral = response.authority.some(({ type }) => type === 'NS') && response.answer.length === 0;
  return isReferral ? parentName(speaker) : speaker;
}

function parentName(name: Name): Name {
  return ancestorsOf(name)[1] ?? name;
}

function denialsOf(zone: Zone | null): readonly ResourceRecord[] {
  const rrsets = zone?.rrsets ?? [];
  return rrsets.filter(({ type }) => type === 'NSEC' || type === 'NSEC3').flatMap(rrset => recordsOf(rrset));
}

/** The signatures of a record's RRset; they stand at the wildcard when the record came from one. */
function signaturesOf(
  record: ResourceRecord,
  zone: Zone | null,
): { readonly owner: Name; readonly records: readonly ResourceRecord[] } {
  const [, parent] = ancestorsOf(record.owner);
  const owners = [record.owner, ...(parent === undefined ? [] : [wildcardAt(parent)])];
  for (const owner of owners) {
    const found = zone?.rrsets.find(rrset => rrset.owner === owner && rrset.type === 'RRSIG');
    const data = found?.data.filter(text => text.startsWith(`${record.type} `)) ?? [];
    if (data.length > 0) {
      const { ttl } = record;
      return {
        owner,
        records: data.map(text => ({ owner: record.owner, type: 'RRSIG', class: 'IN', ttl, data: text })),
      };
    }
  }
  return { owner: record.owner, records: [] };
}

function distinct(records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  return [
    ...new Map(records.map(record => [`${record.owner} ${record.type} ${record.data}`, record])).values(),
  ];
}
