import { dnskeyOf, dsMatches, dsOfKey, rrsigOf, secureEntryPointFlag } from '../dns/dnssec.ts';
import { DnssecBudget } from '../dns/dnssec-budget.ts';
import { zoneKeysOf } from '../dns/dnssec-keys.ts';
import { type RRsetVerdict, verifyKeys, verifyRRset } from '../dns/dnssec-verify.ts';
import type { Name } from '../dns/name.ts';
import { dsOf } from '../dns/rdata.ts';
import { isType, type Rdata, type RRset, sameData } from '../dns/rrset.ts';
import { type KeyView, signedIn } from '../survey/keys.ts';

/** What the servers of a zone show of its keys, taken together. */
export type KeysFound =
  /** No server shows a DNSKEY. */
  | { readonly kind: 'unsigned' }
  | {
      readonly kind: 'signed';
      /** The DNSKEY RRset, the same at every server. */
      readonly keys: RRset<'DNSKEY'>;
      /** DS of the keys that sign the keys, SHA-256, in canonical order. */
      readonly ds: readonly Rdata[];
      /** Data of the CDS RRset, verified; null when the child publishes none (RFC 7344). */
      readonly cds: readonly Rdata[] | null;
    }
  /** A resolver that had DS for this zone could find it bogus. */
  | { readonly kind: 'problem'; readonly text: string };

/** SHA-256 (RFC 8624 section 3.3). */
const digestType = 2;
/** The CDS that asks for no DS at all (RFC 8078 section 4). */
const deletion = '0 0 0 00';

/**
 * Whether every server shows the same keys, and valid signatures by every algorithm of them over DNSKEY, SOA and NS at the
 * apex (RFC 4035 section 2.2), at `nowSeconds` since 1970.
 */
export function judgeKeys(views: readonly KeyView[], apex: Name, nowSeconds: number): KeysFound {
  const silent = views.find(({ problem }) => problem !== null);
  if (silent !== undefined) {
    return { kind: 'problem', text: `${textOf(silent)} ${silent.problem}` };
  }
  const [first] = views;
  if (first === undefined) {
    return { kind: 'problem', text: `${apex} has no name server with an address` };
  }
  const shown = views.map(view => signedIn(view, 'DNSKEY')?.rrset ?? null);
  const [keys] = shown;
  if (shown.every(rrset => rrset === null)) {
    return { kind: 'unsigned' };
  }
  const odd = views.find((_view, at) => {
    const other = shown[at];
    return keys == null || other == null || !sameData(keys, other);
  });
  if (keys == null || !isType(keys, 'DNSKEY') || odd !== undefined) {
    return {
      kind: 'problem',
      text: `${textOf(odd ?? first)} shows other DNSKEY records than ${textOf(first)}`,
    };
  }
  const ds = entryPoints(first, keys, nowSeconds);
  if (ds.length === 0) {
    return { kind: 'problem', text: `no key of ${apex} signs its DNSKEY records` };
  }
  for (const view of views) {
    const text = faultAt(view, keys, ds, nowSeconds);
    if (text !== null) {
      return { kind: 'problem', text: `${textOf(view)} ${text}` };
    }
  }
  const cds = signedIn(first, 'CDS');
  return { kind: 'signed', keys, ds, cds: cds === null ? null : cds.rrset.data };
}

function textOf({ server }: KeyView): string {
  return server.name === null ? server.address : `${server.name} (${server.address})`;
}

/** DS of the keys that sign the DNSKEY RRset: of secure entry points where there are any (RFC 4034 section 2.1.1). */
function entryPoints(view: KeyView, keys: RRset<'DNSKEY'>, nowSeconds: number): readonly Rdata[] {
  const signatures = signedIn(view, 'DNSKEY')?.signatures ?? [];
  const signing = zoneKeysOf(keys).filter(key => {
    const ds = dsOfKey(keys.owner, key.rdata, digestType);
    const own = signatures.filter(data => rrsigOf(data).keyTag === key.keyTag);
    return verifyKeys(keys, own, [ds], optionsAt(nowSeconds)).kind === 'secure';
  });
  const entries = signing.filter(key => (key.flags & secureEntryPointFlag) !== 0);
  return (entries.length > 0 ? entries : signing)
    .map(key => dsOfKey(keys.owner, key.rdata, digestType))
    .sort();
}

/** What a validator with these DS would hold against one server; null for nothing. */
function faultAt(
  view: KeyView,
  keys: RRset<'DNSKEY'>,
  ds: readonly Rdata[],
  nowSeconds: number,
): string | null {
  const algorithms = new Set(ds.map(data => dsOf(data).algorithm));
  for (const type of ['DNSKEY', 'SOA', 'NS', 'CDS', 'CDNSKEY']) {
    const signed = signedIn(view, type);
    if (signed === null) {
      if (type === 'SOA' || type === 'NS') {
        return `gives no ${type} records`;
      }
      continue;
    }
    for (const algorithm of algorithms) {
      const own = signed.signatures.filter(data => rrsigOf(data).algorithm === algorithm);
      const verdict = verifyRRset(signed.rrset, own, keys, optionsAt(nowSeconds));
      if (verdict.kind !== 'secure') {
        return `gives ${type} records without a valid signature of algorithm ${algorithm}${faultText(verdict)}`;
      }
    }
  }
  return null;
}

function faultText(verdict: Exclude<RRsetVerdict, { readonly kind: 'secure' }>): string {
  const problem = verdict.kind === 'bogus' ? verdict.faults[0]?.problem : `the limit of ${verdict.limit}`;
  return problem === undefined ? '' : `: ${problem}`;
}

function optionsAt(nowSeconds: number): { readonly nowSeconds: number; readonly budget: DnssecBudget } {
  return { nowSeconds, budget: new DnssecBudget() };
}

/**
 * The DS records that belong at the parent of a zone with these keys, or a sentence why there is no telling.
 *
 * The child's own word counts first (CDS, RFC 7344 section 6.1), then its host's (`told`), then the keys that sign the keys.
 * Each has to stand for a key that is served and signs.
 */
export function wantedDs(
  found: Extract<KeysFound, { readonly kind: 'signed' }>,
  told: readonly Rdata[],
):
  | { readonly kind: 'ds'; readonly data: readonly Rdata[] }
  | { readonly kind: 'problem'; readonly text: string } {
  const { keys, cds, ds } = found;
  const apex = keys.owner;
  if (cds?.some(data => data.toLowerCase() === deletion) === true) {
    return {
      kind: 'problem',
      text: `${apex} asks for no DS at all: its CDS record is 0 0 0 00 (RFC 8078 section 4)`,
    };
  }
  const wanted = (cds ?? (told.length > 0 ? told : ds)).filter(data => dsOf(data).digestType !== 1);
  const strong = wanted.filter(data => dsOf(data).digestType === digestType);
  const chosen = [...(strong.length > 0 ? strong : wanted)].sort();
  const stray = chosen.find(data => !keys.data.some(key => dsMatches(apex, data, key)));
  if (chosen.length === 0 || stray !== undefined) {
    const who = cds === null ? 'its host' : 'its CDS record';
    return {
      kind: 'problem',
      text: `${who} names a DS that stands for none of the keys that ${apex} serves: ${stray ?? 'none'}`,
    };
  }
  const trusted = chosen.filter(data => ds.some(own => sameKey(own, data)));
  return trusted.length === 0
    ? { kind: 'problem', text: `none of the keys that the DS of ${apex} would name signs its keys` }
    : { kind: 'ds', data: chosen };
}

function sameKey(a: Rdata, b: Rdata): boolean {
  return dsOf(a).keyTag === dsOf(b).keyTag && dsOf(a).algorithm === dsOf(b).algorithm;
}

/** The key tag, algorithm and flags of each of `keys`, for people. */
export function keysText(keys: RRset<'DNSKEY'>): string {
  return zoneKeysOf(keys)
    .map(key => `${key.keyTag} (algorithm ${key.algorithm}, flags ${dnskeyOf(key.rdata).flags})`)
    .join(', ');
}
