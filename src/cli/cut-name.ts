import { nameFromUser } from '../dns/idn.ts';
import { type Name, rootName } from '../dns/name.ts';
import { ZonecutError } from '../error.ts';

/** The name that a user typed, as a name that can be delegated. Throws ZC_NAME. */
export function cutFrom(text: string): Name {
  const cut = nameFromUser(text);
  const labels = cut.split('.').length - 1;
  if (cut === rootName || labels < 2) {
    throw new ZonecutError(
      'ZC_NAME',
      `"${text}" is ${cut === rootName ? 'the root' : 'a top-level domain'}, which is nobody's to delegate here`,
      {
        hint: 'Give the whole name, such as staging.example.com.',
      },
    );
  }
  if (cut.startsWith('*.')) {
    throw new ZonecutError(
      'ZC_NAME',
      `"${text}" is a wildcard, and NS records at a wildcard delegate nothing (RFC 4592 section 4.2)`,
      {
        hint: 'Delegate a name without the asterisk.',
      },
    );
  }
  return cut;
}
