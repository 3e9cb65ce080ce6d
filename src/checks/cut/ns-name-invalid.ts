import { labelsOf } from '../../dns/name.ts';
import type { Check } from './finding.ts';
import { dropServer, hit, remedy } from './parts.ts';
import { allNames } from './sets.ts';

/** An NS name that no host can have. */
export const nsNameInvalid: Check = {
  id: 'ns-name-invalid',
  rule: 'RFC 1123 section 2.1, RFC 2181 section 11',
  find: facts =>
    allNames(facts).flatMap(name => {
      const why = faultOf(labelsOf(name));
      return why === null
        ? []
        : [
            hit(
              `the name server ${name} is no host name: ${why}`,
              remedy('name a host, by letters, digits and hyphens', dropServer(facts, name)),
              { subject: name },
            ),
          ];
    }),
};

function faultOf(labels: readonly string[]): string | null {
  const last = labels.at(-1) ?? '';
  if (labels.length === 0) return 'it is the root';
  if (labels.length >= 4 && labels.slice(0, 4).every(label => /^\d{1,3}$/.test(label)))
    return 'it is an IPv4 address';
  if (/^\d+$/.test(last)) return 'its last label is a number';
  const odd = labels.find(label => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(label));
  return odd === undefined ? null : `the label "${odd}" has other characters, or a hyphen at its end`;
}
