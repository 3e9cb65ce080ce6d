import { dsOfKey, rrsigOf, secureEntryPointFlag, zoneKeyFlag } from '../../dns/dnssec.ts';
import { verifyKeys } from '../../dns/dnssec-verify.ts';
import { dsOf } from '../../dns/rdata.ts';
import type { CutFacts } from '../../survey/facts.ts';
import type { Check, RemedyLine } from './finding.ts';
import {
  allKeys,
  dsEvidence,
  dsOfCut,
  dsText,
  flagsOf,
  keyedChildren,
  keysFor,
  verifyOptions,
} from './keyed.ts';
import { add, hit, listText, remedy, remove, serverText } from './parts.ts';

/** DS records that stand for no key that is served. */
export const dsNoMatch: Check = {
  id: 'ds-no-match',
  rule: 'RFC 4035 sections 2.4 and 5.2',
  find: facts => {
    const keys = allKeys(facts);
    const ds = dsOfCut(facts);
    const stray = keys.length === 0 ? [] : ds.filter(data => keysFor(facts, data, keys)?.length === 0);
    const isNone = stray.length === ds.filter(data => keysFor(facts, data, keys) !== null).length;
    return stray.length === 0
      ? []
      : [
          hit(
            `${listText(stray.map(dsText))}: DS records that stand for no key of ${facts.cut}`,
            remedy('take them away, and see that those of the keys in use are there', {
              parent: [...stray.map(data => remove(facts.cut, 'DS', data)), ...wantedLines(facts)],
            }),
            {
              seen: [...dsEvidence(facts), ...keyedChildren(facts).map(({ seen }) => seen)],
              ...(isNone ? { variant: 'none' } : {}),
            },
          ),
        ];
  },
};

/** DS lines of the entry points that have none yet. */
export function wantedLines(facts: CutFacts): readonly RemedyLine[] {
  const present: readonly string[] = dsOfCut(facts);
  return allKeys(facts)
    .filter(key => (flagsOf(key) & secureEntryPointFlag) !== 0)
    .map(key => dsOfKey(facts.cut, key))
    .filter(data => !present.includes(data))
    .map(data => add(facts.cut, 'DS', data));
}

/** DS records for a zone without keys. */
export const dsUnsignedZone: Check = {
  id: 'ds-unsigned-zone',
  rule: 'RFC 4035 section 5.2, RFC 4033 section 5',
  find: facts => {
    const keyed = keyedChildren(facts);
    const ds = dsOfCut(facts);
    return ds.length === 0 || keyed.length === 0 || keyed.some(({ state }) => state !== 'none')
      ? []
      : [
          hit(
            `the parent has DS records, and ${facts.cut} has no keys: validating resolvers refuse all of it`,
            remedy('take the DS records away now, or sign the zone with these keys', {
              parent: ds.map(data => remove(facts.cut, 'DS', data)),
            }),
            { seen: [...dsEvidence(facts), ...keyed.map(({ seen }) => seen)] },
          ),
        ];
  },
};

/** No key that a DS stands for signs the keys. */
export const dnskeyNotSignedByDs: Check = {
  id: 'dnskey-not-signed-by-ds',
  rule: 'RFC 4035 section 5.2',
  find: facts =>
    keyedChildren(facts).flatMap(({ keys, signatures, seen }) => {
      const verdict =
        keys === null ? null : verifyKeys(keys, signatures, dsOfCut(facts), verifyOptions(facts));
      return verdict?.kind !== 'bogus' || !verdict.matched
        ? []
        : [
            hit(
              `${serverText(seen.server)} gives keys without a valid signature of a key that a DS stands for: ${verdict.faults.map(({ problem }) => problem).join('; ') || 'there is none'}`,
              remedy('sign the keys again with that key, or name another key by DS', {
                parent: wantedLines(facts),
              }),
              { seen: [seen] },
            ),
          ];
    }),
};

/** An algorithm of the DS records by which the keys are not signed. */
export const dsAlgorithmUnsigned: Check = {
  id: 'ds-algorithm-unsigned',
  rule: 'RFC 6840 section 5.11, RFC 4035 section 2.2',
  find: facts =>
    keyedChildren(facts).flatMap(({ keys, signatures, seen }) => {
      const signed = new Set(signatures.map(data => rrsigOf(data).algorithm));
      const named = dsOfCut(facts).filter(data => (keysFor(facts, data, keys?.data ?? []) ?? []).length > 0);
      const lacking = [...new Set(named.map(data => dsOf(data).algorithm))].filter(
        algorithm => !signed.has(algorithm),
      );
      return keys === null || lacking.length === 0
        ? []
        : [
            hit(
              `${serverText(seen.server)} gives keys that are not signed by algorithm ${listText(lacking.map(String))}, which DS records name`,
              remedy(
                'sign the zone by every algorithm that a DS record names, or take these DS records away',
                {
                  parent: named
                    .filter(data => lacking.includes(dsOf(data).algorithm))
                    .map(data => remove(facts.cut, 'DS', data)),
                },
              ),
              { seen: [seen] },
            ),
          ];
    }),
};

/** A DS record for a key that is no zone key. */
export const dsKeyNotZoneKey: Check = {
  id: 'ds-key-not-zone-key',
  rule: 'RFC 4034 sections 2.1.1 and 5.2',
  find: facts => keysWithout(facts, zoneKeyFlag, 'is no zone key', 'name a key whose Zone Key flag is set'),
};

/** A DS record for a key that is no secure entry point. */
export const dsKeyNotSep: Check = {
  id: 'ds-key-not-sep',
  rule: 'RFC 4034 section 2.1.1, RFC 6840 section 6.2',
  find: facts =>
    keysWithout(
      facts,
      secureEntryPointFlag,
      'has no SEP flag',
      'set the flag at the next roll-over; nothing fails',
    ),
};

function keysWithout(facts: CutFacts, flag: number, what: string, advice: string): ReturnType<Check['find']> {
  const keys = allKeys(facts);
  return dsOfCut(facts)
    .filter(data => keysFor(facts, data, keys)?.some(key => (flagsOf(key) & flag) === 0) ?? false)
    .map(data =>
      hit(`the key of the DS record ${dsText(data)} ${what}`, remedy(advice), {
        seen: [
          ...dsEvidence(facts).slice(0, 1),
          ...keyedChildren(facts)
            .slice(0, 1)
            .map(({ seen }) => seen),
        ],
      }),
    );
}
