import { isAtOrBelow, type Name } from '../dns/name.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import { invariant } from '../error.ts';
import type { Verdict } from './classify.ts';
import { glueFor, isServerAddress, type KnownZone } from './delegations.ts';
import {
  addressesIn,
  exhausted,
  type Frame,
  followAlias,
  isBarred,
  leadsOn,
  linkOf,
  makeFrame,
  minimiserOf,
  namesOf,
  seeGlue,
  setBack,
  zoneToEnter,
} from './frame.ts';
import type { Ledger } from './ledger.ts';
import type { LimitName, Limits } from './limits.ts';
import { addressesOf, type Memory } from './memory.ts';
import { advance, afterMinimised, enterZone, giveUp, nextQuestion } from './minimiser.ts';
import { aliasFailure, answerOf, isWorthKeeping, negativeOf } from './outcome.ts';
import { type Candidate, Pool } from './pool.ts';
import type { Asked } from './query.ts';
import { isOfUse, recall, remembered, verdictOfCached, zoneOfCached } from './recall.ts';
import type { Outcome, Resolution, ResolutionFailure } from './resolution.ts';
import { type Evidence, noEvidence, type Wanted } from './scrub.ts';
import { settle } from './settlement.ts';
import {
  type MachineContext,
  maxAttemptsPerStep,
  type Pending,
  type ResolutionMachine,
  type Step,
} from './step.ts';

/** A machine that resolves `wanted`. */
export function makeMachine(wanted: Wanted, context: MachineContext): ResolutionMachine {
  return new Machine(wanted, context);
}

type Referral = Extract<Verdict, { readonly kind: 'referral' }>;

class Machine implements ResolutionMachine {
  readonly #context: MachineContext;
  readonly #limits: Limits;
  readonly #memory: Memory;
  /** The dependency stack: the caller's question first. */
  readonly #frames: Frame[];
  readonly #ledger: Ledger;
  #pending: Pending | null = null;
  #done: Resolution | null = null;
  #zone: KnownZone | null = null;

  constructor(wanted: Wanted, context: MachineContext) {
    this.#context = context;
    this.#limits = context.limits;
    this.#memory = context.memory;
    this.#ledger = context.ledger;
    this.#frames = [makeFrame(wanted)];
  }

  zone(): KnownZone | null {
    return this.#zone;
  }

  next(nowMs: number): Step {
    while (this.#done === null && this.#pending === null) {
      const spent = this.#ledger.spent(nowMs);
      if (spent !== null) {
        this.#finish(spent, nowMs);
      } else {
        this.#ledger.countMove();
        this.#move(this.#top(), nowMs);
      }
    }
    if (this.#done !== null) {
      return { kind: 'done', resolution: this.#done };
    }
    invariant(this.#pending !== null, 'a machine that is not done waits for an answer');
    return this.#pending.step;
  }

  told(asked: Asked, nowMs: number): void {
    const pending = this.#pending;
    invariant(pending !== null, 'the machine is told of what it wanted asked');
    const { frame, pool, candidate, step } = pending;
    this.#pending = null;
    frame.queries += asked.attempts.length;
    this.#memory.servers.learn(asked, nowMs);
    this.#ledger.record({
      zone: pool.zone.apex,
      server: candidate.server,
      question: step.question,
      goal: frame.goal,
      depth: this.#depth,
      exchange: asked.exchange,
      verdict: asked.verdict,
      attempts: asked.attempts,
      fromCache: false,
    });
    const { beside, refresh } = this.#context;
    const again = refresh ? 'again' : 'first';
    this.#judge(pending, beside?.take(asked, pool.zone.apex, again, nowMs) ?? asked.verdict, nowMs);
  }

  #top(): Frame {
    const top = this.#frames.at(-1);
    invariant(top !== undefined, 'the dependency stack is not empty before the end');
    return top;
  }

  /** One move of the topmost question: into a zone, to a server, to the address of a server, or to its end. */
  #move(frame: Frame, nowMs: number): void {
    if (frame.pool === null) {
      if (!this.#recall(frame, nowMs)) {
        this.#enterKnown(frame, nowMs);
      }
      return;
    }
    if (frame.queries >= this.#limits.maxQueriesPerName) {
      this.#complete(this.#limitFailure('maxQueriesPerName', frame.target.name), nowMs);
      return;
    }
    const pick = frame.pool.pick(this.#memory.servers, this.#context.avoid, nowMs);
    this.#ledger.take(frame.pool.takeFired());
    switch (pick.kind) {
      case 'server':
        this.#ask(frame, frame.pool, pick.candidate, nowMs);
        return;
      case 'lookup':
        this.#lookUp(frame.pool, frame, pick.name, 'A', nowMs);
        return;
      case 'exhausted':
        this.#exhaust(frame, frame.pool, nowMs);
        return;
    }
  }

  /** Goes on with the target by what is remembered of it; whether anything is. */
  #recall(frame: Frame, nowMs: number): boolean {
    const { name, type } = frame.target;
    if (this.#context.refresh && this.#frames.length === 1) {
      return false;
    }
    const cached = recall(frame.target, this.#memory, nowMs);
    if (cached === null || !isOfUse(cached, this.#depth, this.#context)) {
      return false;
    }
    this.#ledger.recordRemembered(frame, this.#depth, zoneOfCached(cached, name), verdictOfCached(cached));
    switch (cached.kind) {
      case 'answer': {
        if (cached.isExpiring) {
          this.#ledger.noteExpiring();
        }
        const rrsets = cached.dname === null ? [cached.rrset] : [cached.dname, cached.rrset];
        if (isType(cached.rrset, 'CNAME') && type !== 'CNAME') {
          this.#alias(frame, rrsets, cached.rrset.data[0], cached.evidence, nowMs);
        } else {
          this.#complete(answerOf(frame, rrsets, cached.evidence), nowMs);
        }
        break;
      }
      case 'nodata':
      case 'nxdomain':
        this.#complete(negativeOf(frame, cached.kind, cached.soa, cached.ttlSeconds, cached.evidence), nowMs);
        break;
      case 'failure':
        this.#complete({ ...cached.failure, cause: 'failed-before' }, nowMs);
        break;
    }
    return true;
  }

  /** Begins with the deepest zone that is remembered. */
  #enterKnown(frame: Frame, nowMs: number): void {
    const zone = zoneToEnter(frame, this.#memory.delegations, nowMs);
    const { delegation, parent } = zone;
    if (delegation !== null && parent !== null) {
      const verdict: Verdict = { kind: 'referral', ...remembered(noEvidence), delegation };
      const question = { name: zone.apex, type: 'NS' };
      this.#ledger.recordRemembered(frame, this.#depth, parent, verdict, question);
    }
    this.#enter(frame, zone, nowMs);
  }

  #enter(frame: Frame, zone: KnownZone, nowMs: number): void {
    const known = (name: Name): readonly string[] => addressesOf(this.#memory, name, nowMs);
    frame.pool = new Pool(zone, known, this.#context.verifyGlue, this.#limits, this.#context.random);
    frame.minimiser = enterZone(zone.apex, frame.minimiser, this.#context.minimise);
    frame.setbacks.length = 0;
    frame.empties = 0;
    seeGlue(frame, zone);
    if (this.#frames.length === 1) {
      this.#zone = zone;
    }
  }

  #ask(frame: Frame, pool: Pool, candidate: Candidate, nowMs: number): void {
    const minimiser = minimiserOf(frame);
    const question = nextQuestion(minimiser, frame.target, this.#limits);
    const known =
      question === frame.target ? null : this.#memory.answers.get(question.name, question.type, nowMs);
    if (known !== null) {
      frame.minimiser = known.kind === 'nxdomain' ? giveUp(minimiser) : advance(minimiser, question.name);
      return;
    }
    const { address } = candidate.server;
    const leftMs = this.#ledger.leftMs(nowMs);
    const left = Math.min(this.#ledger.queriesLeft, this.#limits.maxQueriesPerName - frame.queries);
    this.#pending = {
      frame,
      pool,
      candidate,
      step: {
        kind: 'ask',
        server: candidate.server,
        zone: pool.zone.apex,
        question,
        timeoutMs: Math.max(1, Math.min(this.#memory.servers.timeoutFor(address, candidate.tries), leftMs)),
        edns: this.#context.forceEdns || this.#memory.servers.knowsEdns(address),
        protocol: this.#context.mixCase && this.#memory.servers.losesCase(address, nowMs) ? 'tcp' : 'udp',
        dnssecOk: this.#context.dnssecOk,
        maxAttempts: Math.min(maxAttemptsPerStep, left),
        leftMs,
      },
    };
  }

  /** Puts the address of a server on the dependency stack, unless it is there already or the stack is high. */
  #lookUp(pool: Pool, below: Frame, name: Name, type: 'A' | 'AAAA', nowMs: number): void {
    if (
      this.#frames.some(({ goal, target }) => [goal, target].some(at => at.name === name && at.type === type))
    ) {
      below.lookupCause = 'cycle';
      pool.lose(name);
    } else if (this.#frames.length > this.#limits.maxDependencyDepth) {
      this.#ledger.fire('maxDependencyDepth', `address of ${name}`);
      pool.lose(name);
    } else {
      const { apex, parent } = pool.zone;
      const frame = makeFrame({ name, type }, parent !== null && isAtOrBelow(name, apex) ? apex : null);
      const path = this.#memory.delegations.path(name, nowMs);
      frame.glueSeen = path.flatMap(zone => glueFor(zone, name));
      this.#frames.push(frame);
    }
  }

  /** Every server is used up: a minimised question may have been the reason, the whole one is the last chance. */
  #exhaust(frame: Frame, pool: Pool, nowMs: number): void {
    const { minimiser } = frame;
    if (minimiser !== null && nextQuestion(minimiser, frame.target, this.#limits) !== frame.target) {
      frame.minimiser = giveUp(minimiser);
      pool.revive();
    } else {
      this.#complete(exhausted(frame), nowMs);
    }
  }

  #judge(pending: Pending, verdict: Verdict, nowMs: number): void {
    const { frame, pool, candidate, step } = pending;
    if ('dropped' in verdict) {
      this.#ledger.takeDropped(verdict.dropped);
    }
    if (verdict.kind === 'oversized') {
      // The other servers of the zone have the same.
      this.#complete(this.#limitFailure('maxRecordsPerSet', step.question.name), nowMs);
    } else if (verdict.kind === 'referral' && leadsOn(verdict.delegation.cut, frame.target)) {
      this.#refer(frame, pool.zone, verdict, nowMs);
    } else if (step.question === frame.target) {
      this.#judgeWhole(frame, candidate, verdict, nowMs);
    } else {
      this.#judgeMinimised(pending, verdict, nowMs);
    }
  }

  /** What came of a minimised question tells where the zone goes on, and no more. */
  #judgeMinimised({ frame, pool, candidate, step }: Pending, verdict: Verdict, nowMs: number): void {
    const { answers } = this.#memory;
    const { name, type } = step.question;
    const next = afterMinimised(minimiserOf(frame), name, verdict, this.#context);
    frame.minimiser = next.minimiser;
    switch (next.kind) {
      case 'go-on':
        if (verdict.kind === 'nodata' && verdict.soa !== null) {
          answers.putNodata(name, type, verdict.soa, nowMs, verdict.evidence);
        }
        return;
      case 'absent': {
        const { soa, evidence } = next;
        const ttlSeconds = answers.putNxdomain(name, soa, nowMs, evidence);
        this.#complete(negativeOf(frame, 'nxdomain', soa, ttlSeconds, evidence, step.question), nowMs);
        return;
      }
      case 'set-back':
        setBack(frame, candidate, verdict);
        if (!next.minimiser.on) {
          pool.revive();
        }
    }
  }

  #judgeWhole(frame: Frame, candidate: Candidate, verdict: Verdict, nowMs: number): void {
    const settled = settle(frame, verdict, this.#memory.answers, nowMs);
    switch (settled.kind) {
      case 'outcome':
        this.#complete(settled.outcome, nowMs);
        return;
      case 'alias':
        this.#alias(frame, settled.rrsets, settled.target, settled.evidence, nowMs);
        return;
      case 'set-back':
        setBack(frame, candidate, verdict);
    }
  }

  #refer(frame: Frame, from: KnownZone, referral: Referral, nowMs: number): void {
    frame.referrals += 1;
    if (frame.referrals > this.#limits.maxReferrals) {
      this.#complete(this.#limitFailure('maxReferrals', frame.target.name), nowMs);
      return;
    }
    const { delegation, evidence } = referral;
    const zone = this.#memory.delegations.learn(delegation, from, nowMs);
    this.#memory.answers.putDelegationSigner(delegation, evidence, nowMs);
    if (isBarred(frame, zone.apex)) {
      seeGlue(frame, zone);
      const reason = `${from.apex} refers to ${zone.apex} without the address of ${frame.target.name}`;
      this.#complete({ kind: 'failure', cause: 'no-address', reason, zone: from.apex }, nowMs);
      return;
    }
    this.#enter(frame, zone, nowMs);
  }

  #alias(
    frame: Frame,
    rrsets: readonly RRset[],
    target: Name | undefined,
    evidence: Evidence,
    nowMs: number,
  ): void {
    invariant(target !== undefined, 'an RRset has data');
    if (!this.#context.followAliases && this.#frames.length === 1) {
      this.#complete(answerOf(frame, rrsets, evidence), nowMs);
    } else if (namesOf(frame).includes(target)) {
      const reason = `the alias ${frame.target.name} leads back to ${target}`;
      this.#complete(aliasFailure(frame, 'alias-loop', reason, rrsets), nowMs);
    } else if (frame.aliases >= this.#limits.maxAliases) {
      this.#complete(this.#limitFailure('maxAliases', frame.goal.name), nowMs);
    } else {
      followAlias(frame, linkOf(frame, 'alias', rrsets, evidence), target);
    }
  }

  /** Takes the topmost question off the stack and gives its outcome to the one below, or to the caller. */
  #complete(outcome: Outcome, nowMs: number): void {
    const frame = this.#frames.pop();
    invariant(frame !== undefined, 'what completes was on the stack');
    const below = this.#frames.at(-1);
    const isKept = isWorthKeeping(outcome, below === undefined, this.#context.refresh);
    if (outcome.kind === 'failure' && isKept) {
      this.#memory.answers.putFailure(frame.goal.name, frame.goal.type, outcome, nowMs);
    }
    if (below === undefined) {
      this.#done = this.#ledger.close(outcome);
      return;
    }
    invariant(below.pool !== null, 'an address is looked up for a zone');
    this.#takeAddresses(frame, outcome, below, below.pool, nowMs);
    this.#ledger.take(below.pool.takeFired());
  }

  /** Takes what came of the look-up of a server for the zone of the frame below. */
  #takeAddresses(frame: Frame, outcome: Outcome, below: Frame, pool: Pool, nowMs: number): void {
    const { name } = frame.goal;
    const addresses = addressesIn(outcome).filter(isServerAddress);
    if (addresses.length > 0) {
      pool.locate(name, addresses);
      pool.keepSpare(name, frame.glueSeen);
    } else if (frame.glueSeen.length > 0) {
      pool.locate(name, frame.glueSeen);
    } else if (outcome.kind !== 'failure' && outcome.kind !== 'nxdomain' && frame.goal.type === 'A') {
      this.#lookUp(pool, below, name, 'AAAA', nowMs);
    } else {
      below.lookupCause =
        outcome.kind === 'failure' && outcome.cause === 'cycle' ? 'cycle' : below.lookupCause;
      pool.lose(name);
    }
  }

  /** Ends everything: what is true of the whole question is no news for the ones that it needed. */
  #finish(limit: LimitName, nowMs: number): void {
    this.#frames.length = 1;
    this.#complete(this.#limitFailure(limit, this.#top().goal.name), nowMs);
  }

  #limitFailure(limit: LimitName, at: string): ResolutionFailure {
    return this.#ledger.failureBy(limit, at, this.#zone?.apex ?? null);
  }

  get #depth(): number {
    return this.#context.depth + this.#frames.length - 1;
  }
}
