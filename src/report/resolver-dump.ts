import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { printRRset } from '../dns/zonefile.ts';
import type { ResolverDump } from '../resolver/resolver.ts';

/** One thing that a resolver remembers. */
export interface DumpedAnswer {
  readonly name: Name;
  /** Null for a name that does not exist. */
  readonly type: string | null;
  readonly kind: 'answer' | 'nodata' | 'nxdomain' | 'failure';
  readonly ttlSeconds: number;
  /** The RRset of an answer. */
  readonly rrset: RRset | null;
  /** Why there is none, for a failure. */
  readonly reason: string | null;
}

/** A zone cut that a resolver remembers, as its parent said. */
export interface DumpedDelegation {
  readonly zone: Name;
  readonly parent: Name | null;
  readonly ttlSeconds: number;
  readonly rrsets: readonly RRset[];
}

/** What a resolver remembers, as JSON. */
export interface DumpDocument {
  readonly schema: 'zonecut/resolver-dump/v1';
  /** RFC 3339. */
  readonly at: string;
  readonly answers: readonly DumpedAnswer[];
  readonly delegations: readonly DumpedDelegation[];
}

/** `dump` as a document; `nowMs` is the elapsed time of the resolver's clock, `at` the time of day. */
export function dumpDocument(dump: ResolverDump, nowMs: number, at: Date): DumpDocument {
  return {
    schema: 'zonecut/resolver-dump/v1',
    at: at.toISOString(),
    answers: dump.answers.map(({ name, type, cached }) => ({
      name,
      type,
      kind: cached.kind,
      ttlSeconds: cached.kind === 'answer' ? cached.rrset.ttl : cached.ttlSeconds,
      rrset: cached.kind === 'answer' ? cached.rrset : null,
      reason: cached.kind === 'failure' ? cached.failure.reason : null,
    })),
    delegations: dump.delegations.map(({ apex, parent, expiresAtMs, ns, glue }) => ({
      zone: apex,
      parent,
      ttlSeconds: Math.max(0, Math.floor((expiresAtMs - nowMs) / 1000)),
      rrsets: [ns, ...glue],
    })),
  };
}

/** A dump as lines of a zone file; what is no record is a comment. */
export function dumpText(document: DumpDocument): string {
  const delegations = document.delegations.flatMap(({ zone, parent, ttlSeconds, rrsets }) => [
    `; ${zone} as ${parent ?? 'the hints'} has it, for ${ttlSeconds} s\n`,
    ...rrsets.map(rrset => printRRset({ ...rrset, ttl: Math.min(rrset.ttl, ttlSeconds) })),
  ]);
  return [
    `; what the resolver remembers at ${document.at}\n`,
    `; ${document.delegations.length} delegations, from their parents\n`,
    ...delegations,
    `; ${document.answers.length} answers\n`,
    ...document.answers.map(answerText),
  ].join('');
}

function answerText({ name, type, kind, ttlSeconds, rrset, reason }: DumpedAnswer): string {
  switch (kind) {
    case 'answer':
      return rrset === null ? '' : printRRset(rrset);
    case 'nodata':
      return `; ${name} has no ${type}, for ${ttlSeconds} s\n`;
    case 'nxdomain':
      return `; ${name} does not exist, for ${ttlSeconds} s\n`;
    case 'failure':
      return `; ${name} ${type} failed, for ${ttlSeconds} s: ${reason}\n`;
  }
}
