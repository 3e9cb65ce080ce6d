import type { Delegation } from '../dns/delegation.ts';
import { labelCount, type Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { withoutRouteText } from './frame.ts';
import type { Level, TraceServer } from './level.ts';
import type { FailureCause } from './resolution.ts';

/** Where a trace ends. */
export type TraceOutcome =
  | { readonly kind: 'answer'; readonly authoritative: boolean; readonly rrsets: readonly RRset[] }
  | {
      readonly kind: 'alias';
      readonly authoritative: boolean;
      readonly rrsets: readonly RRset[];
      readonly target: Name;
    }
  | { readonly kind: 'nodata' | 'nxdomain'; readonly authoritative: boolean; readonly soa: RRset | null }
  | { readonly kind: 'failure'; readonly cause: FailureCause; readonly reason: string };

/** What the servers of one level have in common. */
export interface Agreement {
  readonly agrees: boolean;
  readonly opinions: Level['opinions'];
  /** The referral to follow; null when no more servers refer than answer. */
  readonly referral: Delegation | null;
}

/** Compares what `servers` said; referrals count only to a cut that `leadsOn`. */
export function agreementOf(servers: readonly TraceServer[], leadsOn: (cut: Name) => boolean): Agreement {
  const groups = new Map<string, TraceServer[]>();
  for (const server of servers) {
    const said = saidBy(server);
    if (said !== null) {
      groups.set(said, [...(groups.get(said) ?? []), server]);
    }
  }
  const opinions = [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([said, who]) => ({ said, servers: who.map(placeOf) }));
  return { agrees: groups.size <= 1, opinions, referral: referralToFollow(servers, leadsOn) };
}

/** Follows when at least as many servers refer as answer: to the cut with the most votes, the deeper of two. */
function referralToFollow(
  servers: readonly TraceServer[],
  leadsOn: (cut: Name) => boolean,
): Delegation | null {
  const votes = new Map<Name, Delegation[]>();
  let answers = 0;
  for (const { verdict, referral } of servers) {
    if (referral !== null && leadsOn(referral.cut)) {
      votes.set(referral.cut, [...(votes.get(referral.cut) ?? []), referral]);
    } else if (isAnswering(verdict)) {
      answers += 1;
    }
  }
  const [most] = [...votes].toSorted(
    ([cutA, a], [cutB, b]) => b.length - a.length || labelCount(cutB) - labelCount(cutA),
  );
  if (most === undefined || most[1].length < answers) {
    return null;
  }
  return mostCommon(most[1], referral => dataOf([referral.ns]));
}

/** The referral with the glue of all servers that refer to the same cut: some give less than others. */
export function mergedReferral(referral: Delegation, servers: readonly TraceServer[]): Delegation {
  const all = servers.flatMap(server => (server.referral?.cut === referral.cut ? server.referral.glue : []));
  const glue = new Map(all.map(rrset => [`${rrset.owner} ${rrset.type} ${rrset.data.join(' ')}`, rrset]));
  return { ...referral, glue: [...glue.values()] };
}

function mostCommon<T>(items: readonly T[], keyOf: (item: T) => string): T | null {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()].toSorted((a, b) => b.length - a.length)[0]?.[0] ?? null;
}

/** The servers of a level that say what most of those that answer say. */
export function speakersOf(level: Level): readonly TraceServer[] {
  const answering = level.servers.filter(server => isAnswering(server.verdict));
  const first = mostCommon(answering, server => saidBy(server) ?? '');
  return first === null ? [] : answering.filter(server => saidBy(server) === saidBy(first));
}

/** What the servers of the last level say together: what most of those that answer say. */
export function verdictOfLevel(level: Level): TraceOutcome {
  const spoken = speakersOf(level)[0]?.verdict;
  switch (spoken?.kind) {
    case 'answer':
      return { kind: 'answer', authoritative: spoken.authoritative, rrsets: spoken.rrsets };
    case 'alias': {
      const { authoritative, alias } = spoken;
      return { kind: 'alias', authoritative, rrsets: alias.rrsets, target: alias.target };
    }
    case 'nodata':
    case 'nxdomain':
      return { kind: spoken.kind, authoritative: spoken.authoritative, soa: spoken.soa };
    default:
      return failureAt(level);
  }
}

function failureAt(level: Level): TraceOutcome {
  const kinds = [...new Set(level.servers.map(server => server.verdict.kind))];
  const silent = kinds.every(
    kind => kind === 'timeout' || kind === 'unreachable' || kind === 'address-refused',
  );
  const lost = kinds.every(kind => kind === 'no-address');
  const beyond = level.servers.filter(
    ({ exchange }) => exchange?.kind === 'unreachable' && exchange.reason === 'no-route',
  );
  const cause: FailureCause = lost ? 'no-address' : silent ? 'unreachable' : 'lame';
  const isBeyond = beyond.length === level.servers.length && level.servers.length > 0;
  const reason =
    isBeyond && !kinds.includes('address-refused')
      ? withoutRouteText(
          level.zone,
          beyond.flatMap(({ address }) => address ?? []),
        )
      : `no name server of ${level.zone} answers for it: ${kinds.join(', ')}`;
  return { kind: 'failure', cause, reason };
}

function isAnswering(verdict: TraceServer['verdict']): boolean {
  return ['answer', 'alias', 'overlong-alias', 'nodata', 'nxdomain'].includes(verdict.kind);
}

/** What a server said, in words that are the same exactly when it says the same; null when it said nothing. */
function saidBy(server: TraceServer): string | null {
  const { verdict } = server;
  switch (verdict.kind) {
    case 'answer':
      return `answer ${authority(verdict.authoritative)}${dataOf(verdict.rrsets)}`;
    case 'alias':
      return `alias ${authority(verdict.authoritative)}${dataOf(verdict.alias.rrsets)}`;
    case 'overlong-alias':
      return `${verdict.kind} ${authority(verdict.authoritative)}${dataOf([verdict.dname])}`;
    case 'referral': {
      const { ns, ds, glue } = verdict.delegation;
      return `referral ${dataOf(ds === null ? [ns, ...glue] : [ns, ds, ...glue])}`;
    }
    case 'nodata':
    case 'nxdomain':
      return `${verdict.kind} ${authority(verdict.authoritative)}${verdict.soa === null ? '' : verdict.soa.owner}`;
    case 'lame':
      return `lame (${verdict.why})`;
    case 'error':
      return verdict.rcode;
    case 'empty':
    case 'refused':
    case 'oversized':
    case 'truncated':
    case 'malformed':
      return verdict.kind;
    case 'no-address':
    case 'unreachable':
    case 'address-refused':
    case 'timeout':
      return null;
  }
}

function authority(authoritative: boolean): string {
  return authoritative ? '' : '(not authoritative) ';
}

/** Owners, types and data; TTLs are left out, as servers count them down or rotate records. */
function dataOf(rrsets: readonly RRset[]): string {
  return rrsets
    .map(rrset => `${rrset.owner} ${rrset.type} ${rrset.data.toSorted().join(' ')}`)
    .toSorted()
    .join('; ');
}

function placeOf(server: TraceServer): string {
  return server.address === null ? server.name : `${server.name} ${server.address}`;
}
