import { ZonecutError } from '../error.ts';
import type { World } from '../world/world.ts';
import { NameServersSeen } from './beside.ts';
import { Ledger, type SharedBudget } from './ledger.ts';
import type { Limits } from './limits.ts';
import { makeMachine } from './machine.ts';
import type { Memory } from './memory.ts';
import type { Turn } from './questions.ts';
import type { Resolution, ResolutionFailure, Way } from './resolution.ts';
import type { Wanted } from './scrub.ts';
import { dnssecErrors } from './security.ts';
import type { ResolutionMachine } from './step.ts';
import type { TrustAnchors } from './trust-anchors.ts';
import { Upstream } from './upstream.ts';
import { TrustBudget, validated } from './validation.ts';
import { Validator } from './validator.ts';
import type { TrustWork } from './zone-trust.ts';

/** How all questions of a walker are asked. */
export interface WalkerSettings {
  readonly port: number;
  readonly limits: Limits;
  readonly minimise: boolean;
  readonly verifyGlue: boolean;
  readonly mixCase: boolean;
  readonly wholeAnswers: boolean;
  /** What all questions may spend together; null when each has its own alone. */
  readonly budget: SharedBudget | null;
  /** Null validates nothing. */
  readonly trustAnchors: TrustAnchors | null;
}

/** How one question is asked. */
export interface WalkOptions {
  readonly followAliases?: boolean;
  /** True asks for it anew, whatever is remembered of it. */
  readonly refresh?: boolean;
  readonly checkingDisabled?: boolean;
  /** True takes the answers to identical queries that are under way for other questions. */
  readonly joins?: boolean;
  /** Ends the walk before its next step when it is over; whoever ends it waits for nothing more. */
  readonly turn?: Turn;
  readonly signal?: AbortSignal;
}

interface Course extends WalkOptions {
  readonly ledger: Ledger;
  readonly depth?: number;
  readonly avoid?: ReadonlySet<string>;
  readonly stopAtAbsence?: boolean;
  readonly forceEdns?: boolean;
}

/** The loop round the machine: asks servers what it wants asked, and has what comes of it validated. */
export class Walker {
  readonly #world: World;
  readonly #settings: WalkerSettings;
  readonly #validator: Validator | null;
  readonly #upstream: Upstream;
  readonly #beside: NameServersSeen | null;

  constructor(world: World, settings: WalkerSettings) {
    this.#world = world;
    this.#settings = settings;
    this.#validator = this.#newValidator();
    this.#upstream = new Upstream(world, settings);
    this.#beside = settings.wholeAnswers ? new NameServersSeen(settings.limits) : null;
  }

  /** Books for one question of a caller, which begin now. */
  newLedger(shared: SharedBudget | null = this.#settings.budget): Ledger {
    return new Ledger(this.#settings.limits, this.#world.clock.elapsed(), shared);
  }

  /** Forgets what was validated. */
  forget(): void {
    this.#validator?.forget();
  }

  #newValidator(): Validator | null {
    const { trustAnchors, limits } = this.#settings;
    return trustAnchors === null ? null : new Validator(trustAnchors, limits);
  }

  /** A machine for `wanted`, to be run by `run`. */
  machine(wanted: Wanted, memory: Memory, course: Course): ResolutionMachine {
    const { limits, minimise, verifyGlue, mixCase } = this.#settings;
    return makeMachine(wanted, {
      memory,
      limits,
      random: this.#world.random,
      ledger: course.ledger,
      depth: course.depth ?? 0,
      refresh: course.refresh ?? false,
      dnssecOk: this.#validator !== null,
      unchecked: this.#validator === null || course.checkingDisabled === true,
      stopAtAbsence: course.stopAtAbsence ?? false,
      forceEdns: course.forceEdns ?? false,
      avoid: course.avoid ?? nowhere,
      followAliases: course.followAliases ?? true,
      minimise,
      verifyGlue,
      mixCase,
      beside: this.#beside,
    });
  }

  /** Runs a machine to its end. Rejects only with `signal.reason`, and with ZC_CANCELLED when its turn is over. */
  async run(machine: ResolutionMachine, options: WalkOptions = {}): Promise<Resolution> {
    for (;;) {
      options.signal?.throwIfAborted();
      if (options.turn?.isOver === true) {
        throw new ZonecutError('ZC_CANCELLED', 'the question had to give way to others');
      }
      const step = machine.next(this.#world.clock.elapsed());
      if (step.kind === 'done') {
        return step.resolution;
      }
      machine.told(await this.#upstream.ask(step, options), this.#world.clock.elapsed());
    }
  }

  /** Resolves without validating. */
  async walk(
    wanted: Wanted,
    memory: Memory,
    shared: SharedBudget,
    options: WalkOptions,
  ): Promise<Resolution> {
    const course = { ledger: this.newLedger(shared), ...options };
    return await this.run(this.machine(wanted, memory, course), options);
  }

  /** Resolves, and validates with what was validated before. */
  check(wanted: Wanted, memory: Memory, options: WalkOptions): Promise<Resolution> {
    return this.#checked(wanted, memory, options, this.#validator);
  }

  /** As `check`, with nothing that was validated before. */
  checkAnew(wanted: Wanted, memory: Memory, options: WalkOptions): Promise<Resolution> {
    return this.#checked(wanted, memory, options, this.#newValidator());
  }

  #checked(
    wanted: Wanted,
    memory: Memory,
    options: WalkOptions,
    validator: Validator | null,
  ): Promise<Resolution> {
    const course: Course = { ...options, ledger: this.newLedger() };
    return validator === null || options.checkingDisabled === true
      ? this.run(this.machine(wanted, memory, course), options)
      : this.#validated(wanted, memory, course, validator);
  }

  async #validated(
    wanted: Wanted,
    memory: Memory,
    course: Course,
    validator: Validator,
  ): Promise<Resolution> {
    const budget = new TrustBudget(this.#settings.limits);
    const hopeful = await this.run(this.machine(wanted, memory, { ...course, stopAtAbsence: true }), course);
    const judged = await validated(hopeful, validator, this.#work(memory, course, budget));
    const isDone = judged.security?.kind === 'secure' || !isOfNameAbove(hopeful, wanted);
    const found = isDone ? hopeful : await this.run(this.machine(wanted, memory, course), course);
    const first = isDone ? judged : await validated(found, validator, this.#work(memory, course, budget));
    if (first.kind !== 'failure' || first.cause !== 'bogus') {
      return this.#kept(first, memory, course.ledger);
    }
    // Other servers of the same zones may have the right data.
    validator.forgetBogus();
    const again: Course = {
      ...course,
      refresh: true,
      avoid: suspects(first, found, course.ledger.way()),
      forceEdns: true,
    };
    const other = await this.run(this.machine(wanted, memory, again), course);
    const second = await validated(other, validator, this.#work(memory, again, budget));
    const outcome = second.kind === 'failure' ? first : second;
    if (outcome.kind === 'failure') {
      memory.answers.putFailure(wanted.name, wanted.type, outcome, this.#world.clock.elapsed());
    }
    return this.#kept(outcome, memory, course.ledger);
  }

  /** The resolution with the books as they are at the end; what is secure is remembered for no longer than it may be. */
  #kept(resolution: Resolution, memory: Memory, ledger: Ledger): Resolution {
    if (resolution.kind !== 'failure' && resolution.security?.kind === 'secure') {
      const nowMs = this.#world.clock.elapsed();
      for (const link of resolution.links) {
        memory.answers.capSecure(link, nowMs);
      }
    }
    return { ...resolution, ...ledger.way(), security: resolution.security };
  }

  /** What a validator works with: answers out of `memory`; what is not there is asked for, on the books of `ledger`. */
  trustWork(memory: Memory, ledger: Ledger, options: WalkOptions, budget: TrustBudget): TrustWork {
    return this.#work(memory, { ...options, ledger }, budget);
  }

  #work(memory: Memory, course: Course, budget: TrustBudget): TrustWork {
    const { clock } = this.#world;
    return {
      find: async wanted =>
        await this.run(this.machine(wanted, memory, { ...course, depth: 1, followAliases: false }), course),
      cutsAbove: name => memory.delegations.path(name, clock.elapsed()).map(zone => zone.apex),
      budget: () => budget.forResponse(),
      fire: (limit, at) => course.ledger.fire(budget.reached(limit), at),
      nowSeconds: () => Math.floor(clock.now() / 1000),
      nowMs: () => clock.elapsed(),
    };
  }
}

/** The servers that gave what turned out bogus: the keys where these were at fault, else the data. */
function suspects(failure: ResolutionFailure, found: Resolution, way: Way): ReadonlySet<string> {
  const isOfKeys = failure.errorCode === dnssecErrors.dnskeyMissing;
  const names = found.kind === 'failure' ? [] : found.links.map(link => link.question.name);
  const given = isOfKeys
    ? way.hops.filter(({ question }) => question.type === 'DNSKEY' || question.type === 'DS')
    : found.hops.filter(({ question }) => names.includes(question.name));
  return new Set(given.flatMap(({ server }) => (server === null ? [] : [server.address])));
}

/** Whether a resolution rests on the absence of a name above the one that it is for. */
function isOfNameAbove(resolution: Resolution, wanted: Wanted): boolean {
  if (resolution.kind !== 'nxdomain') {
    return false;
  }
  const [last, before] = [resolution.links.at(-1), resolution.links.at(-2)];
  const target = before === undefined ? wanted.name : before.rrsets.at(-1)?.data[0];
  return last !== undefined && last.question.name !== target;
}

const nowhere: ReadonlySet<string> = new Set();
