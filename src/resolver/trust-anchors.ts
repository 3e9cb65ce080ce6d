import { dsOfKey } from '../dns/dnssec.ts';
import { ancestorsOf, type Name, parseName, rootName } from '../dns/name.ts';
import { parseRdata } from '../dns/rdata.ts';
import type { Rdata } from '../dns/rrset.ts';
import { parseZoneFile } from '../dns/zonefile.ts';
import { ZonecutError } from '../error.ts';

/** Keys that are trusted without proof: DS data by zone (RFC 4033 section 2, "trust anchor"). */
export interface TrustAnchors {
  readonly anchors: ReadonlyMap<Name, readonly Rdata[]>;
  /** Names at and below which nothing is validated, whatever is above ("negative trust anchors", RFC 7646). */
  readonly insecure: readonly Name[];
}

/** The keys of the root zone that IANA publishes (https://data.iana.org/root-anchors/root-anchors.xml): of 2017 and 2024. */
export const ianaTrustAnchors: TrustAnchors = {
  anchors: new Map([
    [
      rootName,
      [
        parseRdata('DS', '20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D'),
        parseRdata('DS', '38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16'),
      ],
    ],
  ]),
  insecure: [],
};

/** No key is trusted: everything is indeterminate (RFC 4033 section 5). */
export const noTrustAnchors: TrustAnchors = { anchors: new Map(), insecure: [] };

/**
 * The trust anchors in `text`: DS and DNSKEY records in the form of a zone file, names absolute.
 *
 * Throws ZC_ZONEFILE when a line cannot be read, or when there is no such record.
 */
export function parseTrustAnchors(text: string, insecure: readonly string[] = []): TrustAnchors {
  const { rrsets, problems } = parseZoneFile(text, { origin: rootName, defaultTtl: 3600 });
  const [problem] = problems;
  if (problem !== undefined) {
    const { line, message } = problem;
    throw new ZonecutError('ZC_ZONEFILE', `the trust anchors cannot be read: line ${line}: ${message}`, {
      hint: 'A trust anchor is a line such as: . IN DS 20326 8 2 E06D44B8...',
    });
  }
  const anchors = new Map<Name, readonly Rdata[]>();
  for (const { owner, type, data } of rrsets) {
    const ds = type === 'DNSKEY' ? data.map(key => dsOfKey(owner, key)) : type === 'DS' ? data : [];
    if (ds.length > 0) {
      anchors.set(owner, [...(anchors.get(owner) ?? []), ...ds]);
    }
  }
  if (anchors.size === 0) {
    throw new ZonecutError('ZC_ZONEFILE', 'the trust anchors hold no DS or DNSKEY record', {
      hint: 'Those of the root are at https://data.iana.org/root-anchors/.',
    });
  }
  return { anchors, insecure: insecure.map(parseName) };
}

/** What `parseTrustAnchors` reads: a DS record a line. Names that are declared insecure are not in it. */
export function printTrustAnchors({ anchors }: TrustAnchors): string {
  return [...anchors].map(([zone, ds]) => ds.map(data => `${zone} IN DS ${data}\n`).join('')).join('');
}

/** All of `several` together. */
export function joinTrustAnchors(several: readonly TrustAnchors[]): TrustAnchors {
  const anchors = new Map<Name, readonly Rdata[]>();
  for (const [zone, ds] of several.flatMap(one => [...one.anchors])) {
    anchors.set(zone, [...new Set([...(anchors.get(zone) ?? []), ...ds])]);
  }
  return { anchors, insecure: [...new Set(several.flatMap(one => one.insecure))] };
}

/** The deepest zone at or above `name` that has a trust anchor; null when there is none, or `name` is declared insecure. */
export function anchorAbove(trust: TrustAnchors, name: Name): Name | null {
  for (const above of ancestorsOf(name)) {
    if (trust.anchors.has(above)) {
      return above;
    }
    if (trust.insecure.includes(above)) {
      return null;
    }
  }
  return null;
}
