import type { Name } from '../dns/name.ts';
import type { Endpoint, World } from '../world/world.ts';
import { Gate } from './gate.ts';
import type { Limits } from './limits.ts';
import { type Asked, askServer } from './query.ts';
import type { AskStep } from './step.ts';

/** How all servers are asked. */
export interface UpstreamSettings {
  readonly port: number;
  readonly limits: Limits;
  readonly mixCase: boolean;
}

/** How one server is asked. */
export interface UpstreamOptions {
  /** True takes the answer to an identical query that is under way. */
  readonly joins?: boolean;
  readonly signal?: AbortSignal;
}

interface UnderWay {
  readonly step: AskStep;
  /** Null when it is over: old tables of a Map, which are collected late, shall hold little. */
  asked: Promise<Asked> | null;
  /** Another one for the same name. */
  next: UnderWay | null;
}

/** The way from the machine to the servers: so many queries are under way at once, and identical ones are one. */
export class Upstream {
  readonly #world: World;
  readonly #settings: UpstreamSettings;
  readonly #gate: Gate;
  /** Queries that others may join, by the name that they ask for. */
  readonly #underWay = new Map<Name, UnderWay>();

  constructor(world: World, settings: UpstreamSettings) {
    this.#world = world;
    this.#settings = settings;
    this.#gate = new Gate(settings.limits, (ms, signal) => world.clock.sleep(ms, signal));
  }

  /**
   * Does a step, or joins an identical query that is under way: several of them would give a forger as many chances
   * ("birthday attack"). What is joined ends when it ends, whoever of those who wait for it gives up. Rejects only with
   * `signal.reason`.
   */
  ask(step: AskStep, { joins, signal }: UpstreamOptions): Promise<Asked> {
    if (joins !== true) {
      return this.#send(step, signal);
    }
    const { name } = step.question;
    const first = this.#underWay.get(name) ?? null;
    for (let other = first; other !== null; other = other.next) {
      if (other.asked !== null && isSameQuery(step, other.step)) {
        return other.asked.then(asked => ({ ...asked, attempts: [] }));
      }
    }
    const asked = this.#send(step, undefined);
    this.#underWay.set(name, { step, asked, next: first });
    return asked;
  }

  /** Sends what a step wants sent, when there is room for it; without room in time nothing is. */
  async #send(step: AskStep, signal: AbortSignal | undefined): Promise<Asked> {
    const { port, limits, mixCase } = this.#settings;
    const { server, zone, question, timeoutMs, edns, protocol, dnssecOk, maxAttempts, leftMs } = step;
    const endpoint = { address: server.address, port };
    const untilMs = this.#world.clock.elapsed() + leftMs;
    const wait = this.#gate.enter(server.address, zone, leftMs);
    if (wait !== null && !(await wait)) {
      this.#forget(step);
      return unsent(step, endpoint);
    }
    try {
      return await askServer(this.#world, endpoint, question, {
        zone,
        tries: 1,
        timeoutMs,
        withinMs: Math.max(1, untilMs - this.#world.clock.elapsed()),
        edns,
        protocol,
        mixCase,
        dnssecOk,
        maxAttempts,
        limits,
        signal,
      });
    } finally {
      this.#gate.leave(server.address, zone);
      this.#forget(step);
    }
  }

  /** Lets nobody join a step any more, if somebody could. */
  #forget(step: AskStep): void {
    const { name } = step.question;
    let rest: UnderWay | null = null;
    for (let at = this.#underWay.get(name) ?? null; at !== null; ) {
      const { next } = at;
      if (at.step === step) {
        at.asked = null;
      } else {
        at.next = rest;
        rest = at;
      }
      at = next;
    }
    if (rest === null) {
      this.#underWay.delete(name);
    } else {
      this.#underWay.set(name, rest);
    }
  }
}

function isSameQuery(a: AskStep, b: AskStep): boolean {
  return (
    a.question.name === b.question.name &&
    a.question.type === b.question.type &&
    a.server.address === b.server.address &&
    a.zone === b.zone &&
    a.protocol === b.protocol &&
    a.edns === b.edns &&
    a.dnssecOk === b.dnssecOk
  );
}

/** What a step came to for which there was no room in time. */
function unsent({ question, protocol, leftMs }: AskStep, server: Endpoint): Asked {
  return {
    server,
    question,
    exchange: { kind: 'timeout', afterMs: leftMs, protocol },
    verdict: { kind: 'timeout' },
    attempts: [],
  };
}
