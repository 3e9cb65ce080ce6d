import { isAtOrBelow, type Name } from '../dns/name.ts';
import { unique } from '../resolver/delegations.ts';
import { type CloudRange, rentedAmong } from './cloud-ranges.ts';
import type { BesideFacts, CutFacts, DomainFacts, OriginFacts } from './facts.ts';
import { nsIn } from './observation.ts';

/** What somebody gave for a survey beside the network, whole. Absent for what was not given. */
export interface GivenData {
  readonly domains?: readonly DomainFacts[];
  readonly ranges?: readonly CloudRange[];
  /** What a table says of the addresses of `addressesIn`. */
  readonly origins?: readonly OriginFacts[];
  /** What is missing in it, a sentence each. */
  readonly remarks?: readonly string[];
}

/** The facts with what is about this cut in the data that somebody gave. */
export function withGivenData(
  facts: CutFacts,
  { domains, ranges, origins, remarks = [] }: GivenData,
): CutFacts {
  const names = namesIn(facts);
  const beside: BesideFacts = {
    ...facts.beside,
    ...(domains === undefined
      ? {}
      : { domains: domains.filter(({ domain }) => names.some(name => isAtOrBelow(name, domain))) }),
    ...(ranges === undefined ? {} : { rented: rentedAmong(addressesIn(facts), ranges) }),
    ...(origins === undefined ? {} : { origins }),
    ...(remarks.length === 0 ? {} : { remarks }),
  };
  return Object.keys(beside).length === 0 ? facts : { ...facts, beside };
}

/** Every address at which the cut is looked for. */
export function addressesIn({ children }: CutFacts): readonly string[] {
  return unique(children.map(({ address }) => address));
}

/** Every NS name of both sides. */
export function namesIn({ cut, given, parents, children }: CutFacts): readonly Name[] {
  return unique([
    ...(given?.ns ?? []).map(({ name }) => name),
    ...parents.flatMap(({ ns }) => nsIn(ns, cut)?.data ?? []),
    ...children.flatMap(({ ns }) => nsIn(ns, cut)?.data ?? []),
  ]);
}
