import { listedTypes, type ZoneNode } from './dnssec-layout.ts';
import { type Nsec3Parameters, nsec3Hash, nsec3Head } from './dnssec-nsec3.ts';
import { childOf, type Name, parentOf } from './name.ts';
import { parseRdata } from './rdata.ts';
import { makeRRset, type RRset } from './rrset.ts';

/** For this room: the NSEC RRsets of the nodes of a zone, in their order (RFC 4035 section 2.3). */
export function nsecChain(
  nodes: readonly ZoneNode[],
  apex: Name,
  ttlSeconds: number,
): readonly RRset<'NSEC'>[] {
  const owners = nodes.filter(node => node.rrsets.length > 0);
  return owners.map((node, at) => {
    const next = owners[at + 1]?.owner ?? apex;
    const types = [...listedTypes(node), 'RRSIG', 'NSEC'].join(' ');
    return makeRRset(node.owner, 'NSEC', ttlSeconds, [parseRdata('NSEC', `${next} ${types}`)]);
  });
}

/** For this room: a NSEC3 chain, by hash. */
export interface Nsec3Plan {
  readonly parameters: Nsec3Parameters;
  /** 1 for opt-out (RFC 5155 section 3.1.2.1). */
  readonly flags: number;
  /** Whether a name that opt-out may leave out is in the chain all the same. */
  readonly keeps: (hash: string) => boolean;
}

/**
 * For this room: the NSEC3 RRsets of the nodes of a zone, in the order of their hashes (RFC 5155 section 7.1).
 *
 * Two names with one hash are not told apart: with SHA-1 none have been found.
 */
export function nsec3Chain(
  nodes: readonly ZoneNode[],
  apex: Name,
  ttlSeconds: number,
  plan: Nsec3Plan,
): readonly RRset<'NSEC3'>[] {
  const optional = plan.flags === 0 ? new Set<Name>() : optionalOwners(nodes, apex);
  const hashed = nodes
    .map(node => ({ node, hash: nsec3Hash(node.owner, plan.parameters) }))
    .filter(({ node, hash }) => !optional.has(node.owner) || plan.keeps(hash))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const head = nsec3Head(plan.parameters, plan.flags);
  return hashed.map(({ node, hash }, at) => {
    const next = hashed[at + 1]?.hash ?? hashed[0]?.hash ?? hash;
    const listed = listedTypes(node);
    const types = isUnsigned(node) ? listed : [...listed, 'RRSIG'];
    const data = parseRdata('NSEC3', [head, next, ...types].join(' '));
    return makeRRset(childOf(hash, apex), 'NSEC3', ttlSeconds, [data]);
  });
}

/** Whether nothing at the node is signed: an empty non-terminal or a delegation without DS. */
function isUnsigned(node: ZoneNode): boolean {
  return node.rrsets.length === 0 || isInsecureCut(node);
}

function isInsecureCut({ isCut, rrsets }: ZoneNode): boolean {
  return isCut && !rrsets.some(({ type }) => type === 'DS');
}

/** Unsigned delegations, and the empty non-terminals that nothing else is below: opt-out may leave them out. */
function optionalOwners(nodes: readonly ZoneNode[], apex: Name): ReadonlySet<Name> {
  const needed = new Set<Name>();
  for (const node of nodes) {
    if (node.rrsets.length === 0 || isInsecureCut(node)) continue;
    for (let up: Name | null = node.owner; up !== null && !needed.has(up); up = parentOf(up)) {
      needed.add(up);
      if (up === apex) break;
    }
  }
  return new Set(nodes.map(({ owner }) => owner).filter(owner => !needed.has(owner)));
}
