import { isAtOrBelow, type Name } from '../dns/name.ts';
import { groupRecords, isType, type RRset } from '../dns/rrset.ts';
import { BoundedMap, weightOf } from './bounded.ts';
import type { Verdict } from './classify.ts';
import type { Limits } from './limits.ts';
import type { Asked } from './query.ts';

interface Seen {
  readonly nameServers: RRset<'NS'>;
  readonly seenAtMs: number;
}

/**
 * The NS RRsets that stood in the authority section beside answers, for clients that want to see them (RFC 1034 section
 * 4.3.2, step 6).
 *
 * Nothing is ever resolved by them: a server that could change where a zone is served by an answer to something else would
 * be believed too much. What was seen first stays until its TTL is over, so that no zone makes its own set last.
 */
export class NameServersSeen {
  readonly #seen: BoundedMap<Seen>;
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#seen = new BoundedMap(limits.maxDelegationOctets);
  }

  /**
   * The verdict on what a server of `zone` said, with what stood beside it, if it is an answer.
   *
   * Of what an answer `again` brings, the last tenth of the time of the set before counts as over.
   */
  take({ exchange, verdict, question }: Asked, zone: Name, again: 'again' | 'first', nowMs: number): Verdict {
    if (exchange.kind !== 'response' || verdict.kind !== 'answer') {
      return verdict;
    }
    const isOfZone = (rrset: RRset): rrset is RRset<'NS'> =>
      isType(rrset, 'NS') && isAtOrBelow(question.name, rrset.owner) && isAtOrBelow(rrset.owner, zone);
    const said = groupRecords(exchange.message.authority).find(isOfZone);
    if (said === undefined || said.data.length > this.#limits.maxRecordsPerSet) {
      return verdict;
    }
    const nameServers = this.#kept(said, again, nowMs);
    return { ...verdict, evidence: { ...verdict.evidence, nameServers } };
  }

  #kept(said: RRset<'NS'>, again: 'again' | 'first', nowMs: number): RRset<'NS'> {
    const before = this.#seen.get(said.owner);
    if (before !== undefined) {
      const { ttl } = before.nameServers;
      const left = ttl - Math.ceil((nowMs - before.seenAtMs) / 1000);
      if (left > (again === 'again' ? ttl / 10 : 0)) {
        return { ...before.nameServers, ttl: left };
      }
    }
    const ttl = Math.min(Math.max(said.ttl, this.#limits.minTtlSeconds), this.#limits.maxTtlSeconds);
    const nameServers = { ...said, ttl };
    this.#seen.set(said.owner, { nameServers, seenAtMs: nowMs }, weightOf(said.owner, ...said.data));
    return nameServers;
  }
}
