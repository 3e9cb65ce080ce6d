import { dsOfKey } from '../../dns/dnssec.ts';
import { dsOf } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import type { CutFacts } from '../../survey/facts.ts';
import type { Check, RemedyLine } from './finding.ts';
import { allKeys, dsEvidence, dsOfCut, dsText } from './keyed.ts';
import { add, hit, listText, remedy, remove } from './parts.ts';

/** Digest types that are not to be used any more: SHA-1 and GOST R 34.11-94 (RFC 9905, RFC 9906). */
const deprecated: ReadonlySet<number> = new Set([1, 3]);
/** Digest types of the registry that stand for a digest. */
const assigned: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6]);

/** DS records with a digest that is not to be used any more. */
export const dsDigestDeprecated: Check = {
  id: 'ds-digest-deprecated',
  rule: 'RFC 9904, RFC 9905 section 2',
  find: facts =>
    oddDigests(
      facts,
      ({ digestType }) => deprecated.has(digestType),
      'a digest that is not to be used any more',
    ),
};

/** DS records with a digest type that stands for none. */
export const dsDigestInvalid: Check = {
  id: 'ds-digest-invalid',
  rule: 'RFC 4034 section 5.1.3, RFC 9904',
  find: facts =>
    oddDigests(
      facts,
      ({ digestType }) => !assigned.has(digestType),
      'a digest type that stands for no digest',
    ),
};

/** DS records none of which has SHA-256. */
export const dsDigestNoSha256: Check = {
  id: 'ds-digest-no-sha256',
  rule: 'RFC 4509 section 3, RFC 9904',
  find: facts => {
    const ds = dsOfCut(facts);
    return ds.length === 0 || ds.some(data => dsOf(data).digestType === 2)
      ? []
      : [
          hit(
            `no DS record of ${facts.cut} has SHA-256, the digest that every validator knows`,
            remedy('add a DS record of digest type 2 for the same key', { parent: sha256Lines(facts, ds) }),
            { seen: dsEvidence(facts) },
          ),
        ];
  },
};

function oddDigests(
  facts: CutFacts,
  isOdd: (ds: ReturnType<typeof dsOf>) => boolean,
  what: string,
): ReturnType<Check['find']> {
  const odd = dsOfCut(facts).filter(data => isOdd(dsOf(data)));
  return odd.length === 0
    ? []
    : [
        hit(
          `${listText(odd.map(dsText))}: DS records with ${what}`,
          remedy('replace them by DS records of digest type 2 (SHA-256)', {
            parent: [...odd.map(data => remove(facts.cut, 'DS', data)), ...sha256Lines(facts, odd)],
          }),
          { seen: dsEvidence(facts) },
        ),
      ];
}

/** DS lines of digest type 2 for the keys with the tags of `ds`. */
function sha256Lines(facts: CutFacts, ds: readonly Rdata[]): readonly RemedyLine[] {
  const tags = new Set(ds.map(data => dsOf(data).keyTag));
  const present: readonly string[] = dsOfCut(facts);
  return allKeys(facts)
    .map(key => dsOfKey(facts.cut, key))
    .filter(data => tags.has(dsOf(data).keyTag) && !present.includes(data))
    .map(data => add(facts.cut, 'DS', data));
}
