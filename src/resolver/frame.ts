import { isAtOrBelow, type Name, parentOf, rootName } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { invariant } from '../error.ts';
import type { Verdict } from './classify.ts';
import { type DelegationStore, glueFor, type KnownZone, unique } from './delegations.ts';
import type { Minimiser } from './minimiser.ts';
import type { Candidate, Pool } from './pool.ts';
import type { FailureCause, Link, Outcome, ResolutionFailure } from './resolution.ts';
import type { Evidence, Wanted } from './scrub.ts';

/**
 * One question on the dependency stack of the machine: the caller's, or the address of a server that the frame below needs.
 *
 * A frame is one name of an alias chain at a time, and knows in which zone it is.
 */
export interface Frame {
  readonly goal: Wanted;
  /**
   * A zone that cannot be entered, as the server looked up is one of its own and has no glue: its parent is asked, which may
   * hold the address all the same. Null as a rule.
   */
  readonly barred: Name | null;
  /** What is asked for now: the goal, or the target that its aliases led to. */
  target: Wanted;
  /** The aliases followed so far. */
  readonly chain: Link[];
  /** Addresses of the target that referrals on the way gave as glue. */
  glueSeen: readonly string[];
  aliases: number;
  /** Null before the first zone was chosen for the target. */
  pool: Pool | null;
  minimiser: Minimiser | null;
  referrals: number;
  /** Packets sent for the target. */
  queries: number;
  /** Empty responses to the target. */
  empties: number;
  /** What servers of the zone gave in place of an answer. */
  readonly setbacks: Verdict[];
  /** Why the address of a server could not be found, if any could not. */
  lookupCause: FailureCause | null;
}

/** A frame at its beginning. */
export function makeFrame(goal: Wanted, barred: Name | null = null): Frame {
  return {
    goal,
    barred,
    target: goal,
    chain: [],
    glueSeen: [],
    aliases: 0,
    pool: null,
    minimiser: null,
    referrals: 0,
    queries: 0,
    empties: 0,
    setbacks: [],
    lookupCause: null,
  };
}

/** Goes on to the target of an alias: everything that belongs to one name begins anew, the chain and the budget do not. */
export function followAlias(frame: Frame, link: Link, target: Name): void {
  frame.chain.push(link);
  frame.aliases += 1;
  frame.target = { name: target, type: frame.goal.type };
  frame.glueSeen = [];
  frame.pool = null;
  frame.minimiser = null;
  frame.referrals = 0;
  frame.queries = 0;
  frame.empties = 0;
  frame.setbacks.length = 0;
  frame.lookupCause = null;
}

/** The name whose deepest zone is asked: for DS the one above, as DS is the parent's (RFC 4035 section 3.1.4.1). */
export function zoneNameOf(wanted: Wanted): Name {
  return wanted.type === 'DS' ? (parentOf(wanted.name) ?? rootName) : wanted.name;
}

/** Whether a referral to `cut` leads on towards `wanted`. */
export function leadsOn(cut: Name, wanted: Wanted): boolean {
  return isAtOrBelow(zoneNameOf(wanted), cut);
}

/** The failure of a frame whose servers are all used up. */
export function exhausted(frame: Frame): ResolutionFailure {
  const zone = frame.pool?.zone.apex ?? null;
  const shown = zone ?? frame.target.name;
  if (frame.pool === null || frame.pool.hasNoAddress) {
    const cause = frame.lookupCause ?? 'no-address';
    const why = cause === 'cycle' ? 'their zones need each other to be found' : 'none can be found';
    return { kind: 'failure', cause, reason: `no name server of ${shown} has an address: ${why}`, zone };
  }
  const asked = frame.pool.candidates.length;
  if (frame.setbacks.length > 0 && frame.setbacks.every(isWithoutRoute)) {
    const addresses = frame.pool.candidates.map(({ server }) => server.address);
    const reason = withoutRouteText(shown, addresses);
    return { kind: 'failure', cause: 'unreachable', reason, zone };
  }
  const silent = frame.setbacks.every(isSilence);
  return silent
    ? {
        kind: 'failure',
        cause: 'unreachable',
        reason: `no name server of ${shown} answers (${asked} asked)`,
        zone,
      }
    : {
        kind: 'failure',
        cause: 'lame',
        reason: `no name server of ${shown} answers for it: ${summaryOf(frame.setbacks)}`,
        zone,
      };
}

/** Why no server of `zone` can be asked from a machine without a route to any of `addresses`. */
export function withoutRouteText(zone: Name, addresses: readonly string[]): string {
  const families = new Set(addresses.map(address => (address.includes(':') ? 'IPv6' : 'IPv4')));
  return families.size === 1
    ? `every name server of ${zone} has ${[...families].join()} addresses only, and this machine has no route there`
    : `no name server of ${zone} can be reached: this machine has no route to the Internet`;
}

function isWithoutRoute(verdict: Verdict): boolean {
  return verdict.kind === 'unreachable' && verdict.reason === 'no-route';
}

function isSilence(verdict: Verdict): boolean {
  return verdict.kind === 'timeout' || verdict.kind === 'unreachable' || verdict.kind === 'address-refused';
}

function summaryOf(setbacks: readonly Verdict[]): string {
  const words = setbacks.map(verdict => {
    switch (verdict.kind) {
      case 'error':
        return verdict.rcode;
      case 'lame':
        return `lame (${verdict.why})`;
      default:
        return verdict.kind;
    }
  });
  return [...new Set(words)].join(', ');
}

/** The addresses in the outcome of an address look-up. */
export function addressesIn(outcome: Outcome): readonly string[] {
  if (outcome.kind !== 'answer') {
    return [];
  }
  return outcome.rrsets
    .filter(rrset => rrset.type === 'A' || rrset.type === 'AAAA')
    .flatMap(rrset => rrset.data);
}

/** Takes the addresses of the target that the referral to `zone` gives as glue. */
export function seeGlue(frame: Frame, zone: KnownZone): void {
  const glue = glueFor(zone, frame.target.name);
  if (glue.length > 0) {
    frame.glueSeen = unique([...frame.glueSeen, ...glue]);
  }
}

/** Takes an exchange that brought nothing: the silent and the empty are asked again later, the others are not. */
export function setBack(frame: Frame, candidate: Candidate, verdict: Verdict): void {
  frame.setbacks.push(verdict);
  if (verdict.kind === 'empty') {
    frame.empties += 1;
  }
  if (verdict.kind === 'timeout' || verdict.kind === 'empty') {
    candidate.tries += 1;
  } else {
    candidate.dead = true;
  }
}

/** A link of the chain for the frame's target. */
export function linkOf(frame: Frame, kind: Link['kind'], rrsets: readonly RRset[], evidence: Evidence): Link {
  return { kind, question: frame.target, rrsets, evidence };
}

/** Every name that the frame has been at. */
export function namesOf(frame: Frame): readonly Name[] {
  return [frame.goal.name, ...frame.chain.map(link => link.question.name), frame.target.name];
}

/** Whether the zone `apex` is the one that the frame looks for the way into, or below it. */
export function isBarred({ barred, target }: Frame, apex: Name): boolean {
  return barred !== null && isAtOrBelow(apex, barred) && isAtOrBelow(target.name, barred);
}

/** The deepest zone that is remembered for the target, above the one that is barred. */
export function zoneToEnter(frame: Frame, delegations: DelegationStore, nowMs: number): KnownZone {
  const zone = delegations.deepest(zoneNameOf(frame.target), nowMs);
  return frame.barred !== null && isBarred(frame, zone.apex)
    ? delegations.deepest(parentOf(frame.barred) ?? rootName, nowMs)
    : zone;
}

/** The minimiser of a frame that is in a zone. */
export function minimiserOf(frame: Frame): Minimiser {
  invariant(frame.minimiser !== null, 'a question in a zone has a minimiser');
  return frame.minimiser;
}
