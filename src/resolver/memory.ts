import type { Name } from '../dns/name.ts';
import { AnswerCache } from './cache.ts';
import { DelegationStore, isServerAddress } from './delegations.ts';
import type { RootHints } from './hints.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { ServerMemory } from './server-memory.ts';

/** What a resolver remembers from one question to the next: three things that never feed each other. */
export interface Memory {
  readonly answers: AnswerCache;
  readonly delegations: DelegationStore;
  readonly servers: ServerMemory;
}

/** A memory that knows the root servers and nothing else. */
export function makeMemory(hints: RootHints, limits: Limits = defaultLimits): Memory {
  return {
    answers: new AnswerCache(limits),
    delegations: new DelegationStore(hints, limits),
    servers: new ServerMemory(limits),
  };
}

/** The addresses that are remembered as answers for `name`, without those where nothing can listen. */
export function addressesOf(memory: Memory, name: Name, nowMs: number): readonly string[] {
  return (['A', 'AAAA'] as const).flatMap(type => {
    const cached = memory.answers.get(name, type, nowMs);
    return cached?.kind === 'answer' ? cached.rrset.data.filter(isServerAddress) : [];
  });
}
