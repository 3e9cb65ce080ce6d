import { isAtOrBelow, type Name } from '../../dns/name.ts';
import type { CutFacts } from '../../survey/facts.ts';
import { parentZoneName } from './said.ts';

/**
 * Whether a parent's address for an NS name counts: it lies below the zone above the cut (RFC 2181 section 5.4.1), or was
 * given by hand. Others are for resolvers to ignore; see `glue-unneeded`.
 */
export function isGlueTrusted(facts: CutFacts, name: Name): boolean {
  const zone = parentZoneName(facts);
  return facts.given !== null || (zone !== null && isAtOrBelow(name, zone));
}
