import { isAtOrBelow, type Name } from '../../dns/name.ts';
import { isType } from '../../dns/rrset.ts';
import { unique } from '../../resolver/delegations.ts';
import type { ChildFacts, CutFacts, Observation, ParentFacts } from '../../survey/facts.ts';
import { answerIn, glueIn, nsIn } from '../../survey/observation.ts';

/** A name server and its addresses, IPv4 first. */
export interface NsHost {
  readonly name: Name;
  /** Empty when none can be found. */
  readonly addresses: readonly string[];
}

/** The servers of the zones above that show the cut as delegated. */
export function delegatingParents({ parents, cut }: CutFacts): readonly ParentFacts[] {
  return parents.filter(({ ns }) => nsIn(ns, cut) !== null);
}

/**
 * The servers of the zones above that show the delegation, by name; null when no server shows any, empty when the delegation
 * was given by hand.
 */
export function parentNs(facts: CutFacts): readonly NsHost[] | null {
  if (facts.given !== null) {
    return [];
  }
  const showing = delegatingParents(facts);
  if (showing.length === 0) {
    return null;
  }
  const names = unique(showing.flatMap(parent => parent.names));
  return names.map(name => ({
    name,
    addresses: inOrder(
      showing.filter(parent => parent.names.includes(name)).map(({ ns }) => ns.server.address),
    ),
  }));
}

/** The NS names of the delegation, in canonical order; null when no server of the parent shows one. */
export function delegationNames(facts: CutFacts): readonly Name[] | null {
  if (facts.given !== null) {
    return facts.given.ns.map(({ name }) => name).sort();
  }
  const showing = delegatingParents(facts);
  return showing.length === 0
    ? null
    : unique(showing.flatMap(({ ns }) => nsIn(ns, facts.cut)?.data ?? [])).toSorted();
}

/** The addresses that the parent's side gives for an NS name: glue, or what was given by hand. */
export function glueOf(facts: CutFacts, name: Name): readonly string[] {
  if (facts.given !== null) {
    return inOrder(facts.given.ns.find(host => host.name === name)?.addresses ?? []);
  }
  return inOrder(facts.parents.flatMap(({ ns }) => (nsIn(ns, facts.cut) === null ? [] : glueIn(ns, name))));
}

/**
 * The delegation: each NS name with its glue, or with its addresses where it is no name at or below the cut. A name at or
 * below the cut without glue leads nowhere and is left out.
 */
export function delegationNs(facts: CutFacts): readonly NsHost[] | null {
  return (
    delegationNames(facts)?.flatMap(name => {
      const glue = glueOf(facts, name);
      if (glue.length > 0 || !isAtOrBelow(name, facts.cut)) {
        return [{ name, addresses: glue.length > 0 ? glue : (ownAddresses(facts, name) ?? []) }];
      }
      return [];
    }) ?? null
  );
}

/** The NS names that the servers of the cut themselves give with authority, in canonical order; null without a delegation. */
export function zoneNames(facts: CutFacts): readonly Name[] | null {
  if (delegationNames(facts) === null) {
    return null;
  }
  const shown = facts.children.filter(({ from }) => from === 'delegation');
  return unique(shown.flatMap(({ ns }) => ownNs(ns, facts.cut))).toSorted();
}

/** The NS names of both sides, in canonical order. */
export function allNames(facts: CutFacts): readonly Name[] {
  return unique([...(delegationNames(facts) ?? []), ...(zoneNames(facts) ?? [])]).toSorted();
}

/** The NS names that a server of the cut gives with authority; none when it gives none. */
export function ownNs(seen: Observation, cut: Name): readonly Name[] {
  const answer = answerIn(seen);
  return answer.kind === 'answer' &&
    answer.authoritative &&
    answer.rrset.owner === cut &&
    isType(answer.rrset, 'NS')
    ? answer.rrset.data
    : [];
}

/** The zone's own NS names, each with the addresses that its own zone gives for it; null without a delegation. */
export function zoneNs(facts: CutFacts): readonly NsHost[] | null {
  return zoneNames(facts)?.map(name => ({ name, addresses: ownAddresses(facts, name) ?? [] })) ?? null;
}

/** The addresses that the zone of an NS name itself gives, IPv4 first; null when that zone could not be asked. */
export function ownAddresses(facts: CutFacts, name: Name): readonly string[] | null {
  const host = facts.hosts.find(found => found.name === name);
  if (!isAtOrBelow(name, facts.cut)) {
    return host === undefined || host.outcome === 'failure' ? null : inOrder(host.addresses);
  }
  const working = facts.children.filter(({ ns }) => ownNs(ns, facts.cut).length > 0);
  if (working.length === 0) {
    return null;
  }
  const found = ['A', 'AAAA'].flatMap(type => inDomainAddresses(working, name, type));
  return inOrder([...found, ...(host?.addresses ?? [])]);
}

/** Whether the zone of an NS name says itself that it has no address; false where nobody said anything. */
export function isAddressless({ hosts }: CutFacts, name: Name): boolean {
  return hosts.some(host => host.name === name && (host.outcome === 'nodata' || host.outcome === 'nxdomain'));
}

/** What was answered when somebody was asked; else what came beside the NS records. */
function inDomainAddresses(children: readonly ChildFacts[], name: Name, type: string): readonly string[] {
  const asked = children
    .flatMap(({ hosts, tcp }) => [...hosts, ...(tcp === null ? [] : [tcp])])
    .filter(
      ({ question, exchange }) =>
        question.name === name && question.type === type && exchange.kind === 'response',
    );
  return asked.length > 0
    ? asked.flatMap(addressesAnswered)
    : children
        .flatMap(({ ns }) => glueIn(ns, name))
        .filter(address => address.includes(':') === (type === 'AAAA'));
}

/** The addresses in the answer section, an alias followed as far as the server itself does. */
function addressesAnswered({ exchange }: Observation): readonly string[] {
  return exchange.kind !== 'response' || !exchange.message.authoritative
    ? []
    : exchange.message.answer.filter(({ type }) => type === 'A' || type === 'AAAA').map(({ data }) => data);
}

/** Each address once, IPv4 first. */
export function inOrder(addresses: readonly string[]): readonly string[] {
  const all = unique(addresses).toSorted();
  return [...all.filter(address => !address.includes(':')), ...all.filter(address => address.includes(':'))];
}
