import { dnskeyOf, dsMatches, keyTagOf, secureEntryPointFlag, zoneKeyFlag } from '../../dns/dnssec.ts';
import type { SignatureFault } from '../../dns/dnssec-verify.ts';
import type { Rdata, RRset } from '../../dns/rrset.ts';
import type { CutFacts } from '../../survey/facts.ts';
import type { Check, Hit } from './finding.ts';
import {
  dsOfCut,
  dsText,
  flagsOf,
  type Keyed,
  keyedChildren,
  keysFor,
  signedAt,
  verdictOn,
} from './keyed.ts';
import { add, hit, listText, remedy, remove, serversText, serverText } from './parts.ts';

/** The CDS that asks for no DS at all (RFC 8078 section 4). */
const deletion = /^0 0 0 0+$/;

interface WithCds {
  readonly keyed: Keyed;
  readonly cds: NonNullable<ReturnType<typeof signedAt>>;
}

/** The servers that give CDS records with authority; those that do not tell of keys which others have are left out. */
function withCds(facts: CutFacts): readonly WithCds[] {
  const all = keyedChildren(facts);
  const hasKeys = all.some(({ state }) => state === 'keys');
  return all
    .filter(({ state }) => state !== 'unavailable' || !hasKeys)
    .flatMap(keyed => {
      const cds = signedAt(keyed.child, 'CDS');
      return cds === null ? [] : [{ keyed, cds }];
    });
}

/** CDS records that a parent cannot follow. */
export const cdsInvalid: Check = {
  id: 'cds-invalid',
  rule: 'RFC 7344 section 4.1, RFC 8078 section 4',
  find: facts =>
    withCds(facts).flatMap(({ keyed, cds }) => {
      const faults = faultsOf(facts, keyed, cds);
      return faults.length === 0
        ? []
        : [
            hit(
              `${serverText(cds.seen.server)} gives CDS records that no parent can follow: ${faults.join('; ')}`,
              remedy('publish CDS records of the keys in use, signed with them', {
                child: cds.rrset.data.map(data => remove(facts.cut, 'CDS', data, cds.rrset.ttl)),
              }),
              { seen: [cds.seen, keyed.seen] },
            ),
          ];
    }),
};

function faultsOf(
  facts: CutFacts,
  { keys }: Keyed,
  { rrset, signatures }: WithCds['cds'],
): readonly string[] {
  const isDeletion = (data: Rdata): boolean => deletion.test(data);
  if (keys === null) {
    return ['there are no keys'];
  }
  if (rrset.data.some(isDeletion) && rrset.data.length > 1) {
    return ['a deletion stands beside others'];
  }
  const named = rrset.data.filter(data => !isDeletion(data));
  const strays = named.filter(data => keysFor(facts, data, keys.data)?.length === 0);
  const wrong = named.filter(
    data => keysFor(facts, data, keys.data)?.some(key => (flagsOf(key) & zoneKeyFlag) === 0) ?? false,
  );
  const verdict = verdictOn(facts, rrset, signatures, keys.data);
  const unknown = verdict.kind === 'bogus' ? verdict.faults.filter(({ fault }) => fault !== 'algorithm') : [];
  return [
    ...(strays.length > 0 ? [`no key for ${listText(strays.map(dsText))}`] : []),
    ...(wrong.length > 0 ? [`no zone key for ${listText(wrong.map(dsText))}`] : []),
    ...(signatures.length === 0 ? ['they are not signed'] : []),
    ...unknown.map(({ problem }) => problem),
    ...(verdict.kind === 'secure' ? strangers(facts, rrset, signatures, keys.data) : []),
  ];
}

/** Signatures beside a good one that no key stands for. */
function strangers(
  facts: CutFacts,
  rrset: WithCds['cds']['rrset'],
  signatures: readonly Rdata[],
  keys: readonly Rdata[],
): readonly string[] {
  return signatures.flatMap(signature => {
    const verdict = verdictOn(facts, rrset, [signature], keys);
    return verdict.kind === 'bogus'
      ? verdict.faults.filter(({ fault }) => fault !== 'algorithm').map(({ problem }) => problem)
      : [];
  });
}

/** A CDS that asks for no DS at all. */
export const cdsDelete: Check = {
  id: 'cds-delete',
  rule: 'RFC 8078 section 4',
  find: facts => {
    const asking = withCds(facts).filter(
      ({ cds }) => cds.rrset.data.length === 1 && cds.rrset.data.every(data => deletion.test(data)),
    );
    return asking.length === 0
      ? []
      : [
          hit(
            `${facts.cut} asks its parent to take all DS records away (CDS 0 0 0 00)`,
            remedy(
              'leave it while that is what you want; otherwise publish the CDS records of the keys in use',
              {
                parent: dsOfCut(facts).map(data => remove(facts.cut, 'DS', data)),
                child: [remove(facts.cut, 'CDS', '0 0 0 00')],
              },
            ),
            { seen: asking.map(({ cds }) => cds.seen) },
          ),
        ];
  },
};

/** A CDS for a key that is no secure entry point. */
export const cdsKeyNotSep: Check = {
  id: 'cds-key-not-sep',
  rule: 'RFC 7344 section 4.1',
  find: facts =>
    withCds(facts).flatMap(({ keyed, cds }) =>
      cds.rrset.data
        .filter(data =>
          (keysFor(facts, data, keyed.keys?.data ?? []) ?? []).some(
            key => (flagsOf(key) & zoneKeyFlag) !== 0 && (flagsOf(key) & secureEntryPointFlag) === 0,
          ),
        )
        .map(data =>
          hit(
            `the key of the CDS record ${dsText(data)} has no SEP flag`,
            remedy('set the flag at the next roll-over; nothing fails'),
            {
              seen: [cds.seen],
            },
          ),
        ),
    ),
};

/** A key that CDS names and whose signature of CDS, or of the keys, is not there or does not hold. */
export const cdsNotSelfSigned: Check = {
  id: 'cds-not-self-signed',
  rule: 'RFC 7344 section 4.1, RFC 8078 section 3',
  find: facts =>
    withCds(facts).flatMap(({ keyed, cds }) => {
      const { keys } = keyed;
      if (keys === null || (cds.rrset.data.some(data => deletion.test(data)) && cds.rrset.data.length > 1)) {
        return [];
      }
      // Where the keys were changed since they were signed, no signature of them holds, and it is no matter of CDS.
      const isChanged = verdictOn(facts, keys, keyed.signatures, keys.data).kind === 'bogus';
      return cds.rrset.data.flatMap(data => {
        const named = (keysFor(facts, data, keys.data) ?? []).filter(
          key => (flagsOf(key) & zoneKeyFlag) !== 0,
        );
        const lacks = [
          ...(isSignedBy(facts, cds.rrset, cds.signatures, named, false) ? [] : ['CDS']),
          ...(isSignedBy(facts, keys, keyed.signatures, named, isChanged) ? [] : ['DNSKEY']),
        ];
        return named.length === 0 || lacks.length === 0
          ? []
          : [
              hit(
                `no signature of ${listText(lacks)} by the key of the CDS record ${dsText(data)} holds at ${serverText(cds.seen.server)}`,
                remedy('sign CDS and the keys with every key that CDS names'),
                { seen: [cds.seen, keyed.seen] },
              ),
            ];
      });
    }),
};

/** Faults of a signature that say nothing against its key; of those of its time `rrsig-expired` tells. */
const notOfTheKey: ReadonlySet<SignatureFault> = new Set(['algorithm', 'expired', 'not-yet-valid']);

/** Whether one of `keys` has signed, as far as can be told (RFC 4035 section 5.3); `byTag` takes its word for it. */
function isSignedBy(
  facts: CutFacts,
  rrset: RRset,
  signatures: readonly Rdata[],
  keys: readonly Rdata[],
  byTag: boolean,
): boolean {
  return keys.some(key => {
    const verdict = verdictOn(facts, rrset, signatures, [key]);
    return verdict.kind === 'bogus'
      ? verdict.faults.some(
          ({ fault, keyTag, algorithm }) =>
            (byTag || notOfTheKey.has(fault)) &&
            keyTag === keyTagOf(key) &&
            algorithm === dnskeyOf(key).algorithm,
        )
      : true;
  });
}

/** CDS that no key signs which the DS records stand for. */
export const cdsUntrusted: Check = {
  id: 'cds-untrusted',
  rule: 'RFC 7344 section 4.1, RFC 8078 section 3',
  find: facts => {
    const ds = dsOfCut(facts);
    return withCds(facts).flatMap(({ keyed, cds }) => {
      const trusted = ds.flatMap(data => keysFor(facts, data, keyed.keys?.data ?? []) ?? []);
      return trusted.length === 0 || verdictOn(facts, cds.rrset, cds.signatures, trusted).kind === 'secure'
        ? []
        : [
            hit(
              `${serverText(cds.seen.server)} gives CDS records that no key signs which the DS records stand for: no parent follows them`,
              remedy('sign CDS with such a key'),
              { seen: [cds.seen] },
            ),
          ];
    });
  },
};

/** Servers with different CDS or CDNSKEY records, or CDNSKEY records that say other than CDS. */
export const cdsInconsistent: Check = {
  id: 'cds-inconsistent',
  rule: 'RFC 7344 section 4, RFC 8078 section 6.1',
  find: facts => [...differing(facts, 'CDS'), ...differing(facts, 'CDNSKEY'), ...mismatching(facts)],
};

function differing(facts: CutFacts, type: string): readonly Hit[] {
  const groups = new Map<string, Keyed[]>();
  for (const keyed of keyedChildren(facts).filter(({ child }) =>
    child.keys.some(seen => isAnswered(seen, type)),
  )) {
    const text = signedAt(keyed.child, type)?.rrset.data.toSorted().join(' | ') ?? 'none';
    groups.set(text, [...(groups.get(text) ?? []), keyed]);
  }
  const said = [...groups].map(
    ([text, keyed]) => `${text} at ${serversText(keyed.map(({ seen }) => seen.server))}`,
  );
  return groups.size < 2
    ? []
    : [
        hit(
          `the servers of ${facts.cut} give different ${type} records: ${listText(said)}`,
          remedy('wait for the transfer, or publish the same at every signer'),
          { variant: type.toLowerCase(), seen: [...groups.values()].flat().map(({ seen }) => seen) },
        ),
      ];
}

function isAnswered({ question, exchange }: Keyed['seen'], type: string): boolean {
  return (
    question.type === type &&
    exchange.kind === 'response' &&
    exchange.message.rcode === 'NOERROR' &&
    exchange.message.authoritative
  );
}

function mismatching(facts: CutFacts): readonly Hit[] {
  return withCds(facts).flatMap(({ keyed, cds }) => {
    const cdnskey = signedAt(keyed.child, 'CDNSKEY');
    const odd = (cdnskey?.rrset.data ?? []).filter(
      key =>
        !/^0 3 0 /.test(key) && !cds.rrset.data.some(data => !deletion.test(data) && isFor(facts, data, key)),
    );
    return odd.length === 0 || cdnskey === null
      ? []
      : [
          hit(
            `${serverText(cds.seen.server)} asks for a key by CDNSKEY that its CDS records do not name`,
            remedy('publish both for the same keys'),
            { variant: 'mismatch', seen: [cds.seen, cdnskey.seen] },
          ),
        ];
  });
}

function isFor(facts: CutFacts, cds: Rdata, key: Rdata): boolean {
  return keysFor(facts, cds, [key]) === null || dsMatches(facts.cut, cds, key);
}

/** DS records that the child asks for and its parent has not got. */
export const cdsUpdatePending: Check = {
  id: 'cds-update-pending',
  rule: 'RFC 7344 section 4.1, RFC 8078',
  find: facts => {
    const [first] = withCds(facts);
    if (first === undefined || faultsOf(facts, first.keyed, first.cds).length > 0) {
      return [];
    }
    const wished: readonly Rdata[] = first.cds.rrset.data.filter(data => !deletion.test(data));
    const present = dsOfCut(facts);
    const missing = wished.filter(data => !present.includes(data));
    const extra = present.filter(data => !wished.includes(data));
    return wished.length === 0 || missing.length + extra.length === 0
      ? []
      : [
          hit(
            `${facts.cut} asks its parent for other DS records than it has (CDS)`,
            remedy('publish the DS records that the child asks for', {
              parent: [
                ...missing.map(data => add(facts.cut, 'DS', data)),
                ...extra.map(data => remove(facts.cut, 'DS', data)),
              ],
            }),
            { seen: [first.cds.seen] },
          ),
        ];
  },
};
