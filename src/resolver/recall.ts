import type { Name } from '../dns/name.ts';
import type { Cached } from './cache.ts';
import type { Said, Verdict } from './classify.ts';
import { zoneNameOf } from './frame.ts';
import type { Memory } from './memory.ts';
import type { Evidence, Wanted } from './scrub.ts';

/** What is remembered that answers `wanted`: it itself, an alias at its name, or the absence of a name above. */
export function recall(wanted: Wanted, { answers, delegations }: Memory, nowMs: number): Cached | null {
  const { name, type } = wanted;
  const known = answers.getOrAlias(name, type, nowMs);
  if (known !== null) {
    return known;
  }
  return answers.mayHaveAbsences
    ? answers.absenceAbove(name, delegations.deepest(zoneNameOf(wanted), nowMs).apex, nowMs)
    : null;
}

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

/** Whether something remembered serves a question at `depth`, 0 being a caller's own; `unchecked` is as in the machine's context. */
export function isOfUse(cached: Cached, depth: number, context: { readonly unchecked: boolean }): boolean {
  // A caller wants the SOA, without which nobody behind it can remember the answer (RFC 2308 section 5).
  return !(context.unchecked && isBogus(cached)) && !(depth === 0 && isOfReferral(cached));
}

function isBogus(cached: Cached): boolean {
  return cached.kind === 'failure' && cached.failure.cause === 'bogus';
}

/** The proof in a referral that a cut has no DS comes without SOA. */
function isOfReferral(cached: Cached): boolean {
  return cached.kind === 'nodata' && cached.soa === null && cached.evidence.proofs.length > 0;
}
