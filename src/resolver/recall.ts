import type { Name } from '../dns/name.ts';
import type { Cached } from './cache.ts';
import type { Verdict } from './classify.ts';

/** The zone that something remembered of `name` belongs to, as far as it tells; else `name`. */
export function zoneOfCached(cached: Cached, name: Name): Name {
  return cached.kind === 'nodata' || cached.kind === 'nxdomain' ? (cached.soa?.owner ?? name) : name;
}

/** The verdict that something remembered stands for; nothing out of a cache is authoritative. */
export function verdictOfCached(cached: Cached): Verdict {
  const said = { authoritative: false, dropped: [] };
  switch (cached.kind) {
    case 'answer':
      return { kind: 'answer', ...said, rrsets: [cached.rrset] };
    case 'nodata':
    case 'nxdomain':
      return { kind: cached.kind, ...said, soa: cached.soa };
    case 'failure':
      return { kind: 'error', rcode: 'SERVFAIL' };
  }
}
