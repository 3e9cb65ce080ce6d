import { parse } from 'tldts';
import type { Name } from '../../dns/name.ts';

/** A domain as Namecheap's commands name it. */
export interface DomainParts {
  /** The label below the public suffix. */
  readonly SLD: string;
  /** The public suffix, such as `com` or `co.uk`. */
  readonly TLD: string;
}

/**
 * Splits a registrable domain at its public suffix; null for names that are none.
 *
 * A name below a registrable domain must never be split: its records would be written to the zone of the domain.
 * Only suffixes of registries count (co.uk), not those of companies (github.io), under which nothing is registered.
 */
export function domainParts(apex: Name): DomainParts | null {
  const text = apex.slice(0, -1);
  const { domain, domainWithoutSuffix, publicSuffix } = parse(text, {
    allowPrivateDomains: false,
    validateHostname: false,
  });
  if (domain !== text || domainWithoutSuffix === null || publicSuffix === null || domainWithoutSuffix === '')
    return null;
  return { SLD: domainWithoutSuffix, TLD: publicSuffix };
}
