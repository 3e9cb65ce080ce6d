import { getDomain } from 'tldts';
import { isAtOrBelow, isBelow, type Name, parseName } from '../dns/name.ts';
import type { Limits } from '../resolver/limits.ts';
import type { Resolver } from '../resolver/resolver.ts';
import { signalOption } from './ask.ts';
import type { CutFacts } from './facts.ts';

/**
 * Whether the domains of name servers without an address are registered: whoever registers one that is not answers for the
 * cut. At most `maxCheckRegistries`. By the public suffix list a domain is a name below a suffix that registries sell.
 */
export async function lookUpRegistries(
  resolver: Resolver,
  cut: Name,
  hosts: CutFacts['hosts'],
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<CutFacts['registries']> {
  const lost = hosts.filter(({ outcome }) => outcome === 'nxdomain' || outcome === 'failure');
  const domains = [...new Set(lost.flatMap(({ name }) => domainOf(name)))].filter(
    domain => !isAtOrBelow(cut, domain),
  );
  return await Promise.all(
    domains.slice(0, limits.maxCheckRegistries).map(domain => lookUp(resolver, domain, signal)),
  );
}

/** The domains that `names` are in, as registries sell them, each once; names of which none is known are left out. */
export function registrableOf(names: readonly Name[]): readonly Name[] {
  return [...new Set(names.flatMap(domainOf))].sort();
}

function domainOf(name: Name): readonly Name[] {
  const domain = getDomain(name.slice(0, -1), { validateHostname: false });
  return domain === null ? [] : [parseName(domain)];
}

async function lookUp(
  resolver: Resolver,
  domain: Name,
  signal: AbortSignal | undefined,
): Promise<CutFacts['registries'][number]> {
  const found = await resolver.resolve(
    { name: domain, type: 'NS' },
    { followAliases: false, ...signalOption(signal) },
  );
  switch (found.kind) {
    case 'nxdomain':
      // The denial counts when it is that of the registry, and not of a server of the domain itself.
      return found.soa === null || isBelow(domain, found.soa.owner)
        ? { domain, outcome: 'unregistered', reason: null }
        : { domain, outcome: 'registered', reason: null };
    case 'failure':
      return found.zone !== null && isAtOrBelow(found.zone, domain)
        ? { domain, outcome: 'registered', reason: found.reason }
        : { domain, outcome: 'unknown', reason: found.reason };
    default:
      return { domain, outcome: 'registered', reason: null };
  }
}
