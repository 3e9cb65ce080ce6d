import { compareNames, labelCount, rootName } from '../dns/name.ts';
import type { ChildFacts, HostFacts, ParentFacts, WalkStep } from './facts.ts';
import type { Server } from './view.ts';

/** Servers by name in canonical order (RFC 4034 section 6.1), those of one name by address, IPv4 first. */
export function compareServers(a: Server, b: Server): number {
  return compareNames(a.name ?? rootName, b.name ?? rootName) || compareAddresses(a.address, b.address);
}

function compareAddresses(a: string, b: string): number {
  return Number(a.includes(':')) - Number(b.includes(':')) || compareTexts(a, b);
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** What is said on the way down: zones from the top, within one the servers, and of one server what it was asked from the top. */
export function walkInOrder(walk: readonly WalkStep[]): readonly WalkStep[] {
  return walk.toSorted(
    (a, b) =>
      labelCount(a.zone) - labelCount(b.zone) ||
      compareNames(a.zone, b.zone) ||
      compareServers(a.seen.server, b.seen.server) ||
      labelCount(a.seen.question.name) - labelCount(b.seen.question.name),
  );
}

/** Servers above a cut: the zones from the top, and within one the servers. */
export function parentsInOrder(parents: readonly ParentFacts[]): readonly ParentFacts[] {
  return parents.toSorted(
    (a, b) =>
      labelCount(a.zone) - labelCount(b.zone) ||
      compareNames(a.zone, b.zone) ||
      compareServers(a.ns.server, b.ns.server),
  );
}

/** Addresses of a cut: those of the delegation first, and within these by the first of their names. */
export function childrenInOrder(children: readonly ChildFacts[]): readonly ChildFacts[] {
  return children.toSorted(
    (a, b) =>
      Number(a.from === 'child-only') - Number(b.from === 'child-only') ||
      compareServers(serverOf(a), serverOf(b)),
  );
}

function serverOf({ names, address }: ChildFacts): Server {
  return { name: names[0] ?? null, address };
}

/** Name servers in canonical order, with the addresses of each IPv4 first. */
export function hostsInOrder(hosts: readonly HostFacts[]): readonly HostFacts[] {
  return hosts
    .map(host => ({ ...host, addresses: host.addresses.toSorted(compareAddresses) }))
    .toSorted((a, b) => compareNames(a.name, b.name));
}
