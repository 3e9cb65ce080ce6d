import { dnskeyOf, secureEntryPointFlag } from '../../dns/dnssec.ts';
import type { Rdata } from '../../dns/rrset.ts';
import type { Check, RemedyLine } from './finding.ts';
import { keyedChildren } from './keyed.ts';
import { hit, remedy, serversText } from './parts.ts';

/** Servers with keys of their own that lack the zone signing keys of the others. */
export const multiProviderKeys: Check = {
  id: 'multi-provider-keys',
  rule: 'RFC 8901 section 3',
  find: facts => {
    const keyed = keyedChildren(facts).filter(({ state }) => state === 'keys');
    const isSigner = (key: Rdata): boolean => (dnskeyOf(key).flags & secureEntryPointFlag) === 0;
    const all = [...new Set(keyed.flatMap(({ keys }) => (keys?.data ?? []).filter(isSigner)))];
    const lacking = keyed
      .map(one => ({ one, missing: all.filter(key => !keyOf(one.keys?.data, key)) }))
      .filter(({ missing }) => missing.length > 0);
    // Servers of one signer that are behind each other lack nothing of the kind: there, each key is missing at some server.
    const isShared = all.some(key => keyed.every(({ keys }) => keyOf(keys?.data, key)));
    const lines = [...new Set(lacking.flatMap(({ missing }) => missing))].map(
      (key): RemedyLine => ({ change: 'add', line: `${facts.cut} 3600 IN DNSKEY ${key}` }),
    );
    return lacking.length === 0 || isShared
      ? []
      : [
          hit(
            `${facts.cut} has several signers that do not have each other's keys: ${serversText(lacking.map(({ one }) => one.seen.server))}`,
            remedy(
              "import each signer's zone signing keys at the others: a validator may have the keys of one and the data of the other",
              {
                child: lines,
              },
            ),
            { seen: lacking.map(({ one }) => one.seen) },
          ),
        ];
  },
};

function keyOf(keys: readonly Rdata[] | undefined, key: Rdata): boolean {
  return keys?.includes(key) ?? false;
}
