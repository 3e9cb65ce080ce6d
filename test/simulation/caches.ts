import { isAtOrBelow, type Name, parseName } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { said } from './answers.ts';
import type { Epoch, Served } from './name-servers.ts';
import type { Story } from './story.ts';

/** A set of name servers that a cache somewhere goes by. */
export interface Held {
  readonly servers: readonly Name[];
  /** Until when, in milliseconds of the clock. */
  untilMs: number;
}

/** An epoch of a story, with the sets of name servers that somebody's cache can lead to in it. */
export interface CachedEpoch {
  readonly epoch: Epoch;
  readonly toMs: number;
  readonly sets: readonly Held[];
}

/**
 * What caches can hold in each epoch of a story.
 *
 * Not a sample of clients: a cache is what it was told and when. So of each epoch the sets of name servers are noted that
 * somebody can have been told in it, by the parent's servers or by a child's own, and until when they may be held. (A
 * child's set that is the parent's does not renew it: caches since CVE-2012-1033 see to that.)
 */
export function* cachesOf(story: Story): Generator<CachedEpoch> {
  const { told, internet } = story;
  const { epochs } = internet.nameServers;
  const parents = serversOf(story.before, told.cut);
  const held = new Map<string, Held>();
  for (const [at, epoch] of epochs.entries()) {
    const toMs = epochs[at + 1]?.fromMs ?? internet.clock.elapsed();
    if (toMs <= story.fromMs) {
      continue;
    }
    for (const server of parents) {
      const referral = said(servedBy(epoch, server), told.cut, 'NS');
      if (referral.kind === 'referral' && referral.cut === told.cut) {
        hold(held, referral.servers, toMs + 1000 * referral.ttlSeconds);
      }
    }
    for (let known = -1; known !== held.size; ) {
      known = held.size;
      for (const set of activeIn(held, epoch)) {
        learn(held, set, epoch, toMs, told.cut);
      }
    }
    yield { epoch, toMs, sets: activeIn(held, epoch) };
  }
}

/** What `server` serves in an epoch. */
export function servedBy(epoch: Epoch, server: Name): Served {
  return epoch.servers.get(server) ?? nothing;
}

const nothing: Served = new Map();

/** The name servers of the zone of `rrsets` that `cut` is in. */
export function serversOf(rrsets: readonly RRset[], cut: Name): readonly Name[] {
  const apexes = rrsets.filter(rrset => rrset.type === 'SOA' && isAtOrBelow(cut, rrset.owner));
  return rrsets
    .filter(rrset => rrset.type === 'NS' && apexes.some(soa => soa.owner === rrset.owner))
    .flatMap(rrset => rrset.data.map(name => parseName(name)));
}

function activeIn(held: ReadonlyMap<string, Held>, epoch: Epoch): readonly Held[] {
  return [...held.values()].filter(set => set.untilMs > epoch.fromMs);
}

/** A child's own set of servers, where it is another than the one that led there, is held for its own TTL. */
function learn(held: Map<string, Held>, by: Held, epoch: Epoch, toMs: number, cut: Name): void {
  for (const server of by.servers) {
    const own = said(servedBy(epoch, server), cut, 'NS');
    if (own.kind === 'data') {
      const servers = own.text.split(' | ').map(name => parseName(name));
      if (servers.join() !== by.servers.join()) {
        const ns = servedBy(epoch, server)
          .get(cut)
          ?.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS');
        hold(held, servers, Math.min(toMs, by.untilMs) + 1000 * (ns?.ttl ?? 0));
      }
    }
  }
}

function hold(held: Map<string, Held>, servers: readonly Name[], untilMs: number): void {
  const key = servers.join();
  const before = held.get(key);
  if (before === undefined) {
    held.set(key, { servers, untilMs });
  } else {
    before.untilMs = Math.max(before.untilMs, untilMs);
  }
}
