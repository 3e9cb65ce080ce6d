import type { Name } from '../dns/name.ts';
import type { Cached } from './cache.ts';
import type { Said, Verdict } from './classify.ts';
import type { Evidence } from './scrub.ts';

/** The zone that something remembered of `name` belongs to, as far as it tells; else `name`. */
export function zoneOfCached(cached: Cached, name: Name): Name {
  return cached.kind === 'nodata' || cached.kind === 'nxdomain' ? (cached.soa?.owner ?? name) : name;
}

/** The verdict that something remembered stands for; nothing out of a cache is authoritative. */
export function verdictOfCached(cached: Cached): Verdict {
  switch (cached.kind) {
    case 'answer':
      return { kind: 'answer', ...remembered(cached.evidence), rrsets: [cached.rrset] };
    case 'nodata':
    case 'nxdomain':
      return { kind: cached.kind, ...remembered(cached.evidence), soa: cached.soa };
    case 'failure':
      return { kind: 'error', rcode: 'SERVFAIL' };
  }
}

/** What is true of everything that is remembered. */
export function remembered(evidence: Evidence): Said {
  return { authoritative: false, evidence, dropped: [] };
}

/** Whether something is remembered as bogus only. */
export function isBogus(cached: Cached): boolean {
  return cached.kind === 'failure' && cached.failure.cause === 'bogus';
}
