import { dsOfKey } from '../../src/dns/dnssec.ts';
import type { Name } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { said } from './answers.ts';
import { cachesOf, servedBy, serversOf } from './caches.ts';
import type { Served } from './name-servers.ts';
import type { Story } from './story.ts';
import type { Violation } from './violation.ts';

/** DS records that some validator holds, and until when: those, or keys that it proved by them in their last instant. */
interface HeldDs {
  readonly data: readonly string[];
  untilMs: number;
  keysUntilMs: number;
}

/**
 * Whether no validator, with whatever it and the caches before it hold, ever had a DS of the cut together with data that
 * the keys of the DS do not sign. RFC 4035 section 5.2, RFC 6781 section 4.3.1.
 */
export function judgeTrust(story: Story): readonly Violation[] {
  const { cut } = story.told;
  const parents = serversOf(story.before, cut);
  const held = new Map<string, HeldDs>();
  const found = new Map<string, Violation>();
  /** Until when some cache may hold unsigned data of the child. */
  let unsignedUntilMs = 0;
  for (const { epoch, toMs, sets } of cachesOf(story)) {
    for (const server of parents) {
      learnDs(held, dsAt(servedBy(epoch, server), cut), toMs);
    }
    const servers = new Set(sets.flatMap(set => set.servers));
    for (const server of servers) {
      const zone = servedBy(epoch, server).get(cut);
      const keys = zone?.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'DNSKEY');
      if (zone !== undefined && keys === undefined) {
        const longest = Math.max(...zone.rrsets.map(rrset => rrset.ttl));
        unsignedUntilMs = Math.max(unsignedUntilMs, toMs + 1000 * longest);
      }
      for (const ds of zone === undefined ? [] : held.values()) {
        const isSigned = isSignedFor(zone?.rrsets ?? [], keys, cut, ds.data);
        if (isSigned && ds.untilMs > epoch.fromMs) {
          ds.keysUntilMs = Math.min(ds.untilMs, toMs) + 1000 * (keys?.ttl ?? 0);
        }
        if (Math.max(ds.untilMs, ds.keysUntilMs) > epoch.fromMs && !isSigned) {
          const text = `${server} serves ${cut} without the keys of a DS that validators hold`;
          found.set(text, { kind: 'bogus', text: `at ${epoch.fromMs / 1000}s ${text}` });
        }
      }
    }
    const newest = [...held.values()].some(ds => ds.untilMs > epoch.fromMs);
    if (newest && unsignedUntilMs > toMs) {
      const text = `a cache can hold unsigned data of ${cut} beside a DS`;
      found.set(text, { kind: 'bogus', text: `at ${epoch.fromMs / 1000}s ${text}` });
    }
  }
  return [...found.values()];
}

function dsAt(served: Served, cut: Name): RRset | null {
  if (said(served, cut, 'DS').kind !== 'data') {
    return null;
  }
  const all = [...served.values()].flatMap(zone => zone.rrsets);
  return all.find(rrset => rrset.owner === cut && rrset.type === 'DS') ?? null;
}

function learnDs(held: Map<string, HeldDs>, ds: RRset | null, toMs: number): void {
  if (ds !== null) {
    const key = [...ds.data].sort().join();
    const untilMs = toMs + 1000 * ds.ttl;
    const known = held.get(key) ?? { untilMs: 0, keysUntilMs: 0 };
    held.set(key, { ...known, data: ds.data, untilMs: Math.max(untilMs, known.untilMs) });
  }
}

function isSignedFor(
  rrsets: readonly RRset[],
  keys: RRset | undefined,
  cut: Name,
  ds: readonly string[],
): boolean {
  const isSigned = rrsets.some(rrset => rrset.owner === cut && rrset.type === 'RRSIG');
  return isSigned && (keys?.data ?? []).some(key => ds.includes(dsOfKey(cut, key)));
}
