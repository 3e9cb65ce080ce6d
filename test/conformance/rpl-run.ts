import type { Message } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { decodeMessage } from '../../src/dns/wire.ts';
import { messageOf } from '../../src/error.ts';
import type { Memory } from '../../src/resolver/memory.ts';
import { recursiveService } from '../../src/resolver/recursive.ts';
import { createResolver } from '../../src/resolver/resolver.ts';
import { noStreams } from '../../src/world/streams.ts';
import type { World } from '../../src/world/world.ts';
import { seededRandom } from '../resolver/sim.ts';
import { VirtualClock } from '../resolver/virtual-clock.ts';
import { type Configured, configure } from './rpl-config.ts';
import { expanded } from './rpl-expression.ts';
import { differenceOf } from './rpl-match.ts';
import { queryOf } from './rpl-message.ts';
import { modernised } from './rpl-modern.ts';
import { ScriptedNetwork } from './rpl-network.ts';
import type { Scenario, Step } from './rpl-scenario.ts';

/** Runs a scenario; gives why it fails, null when it passes. */
export async function runScenario(given: Scenario): Promise<string | null> {
  const scenario = modernised(given);
  const configured = configure(scenario);
  const runner = new Runner(scenario, configured);
  const why = await runner.run();
  return why === null || configured.missing.length === 0 ? why : notHere(configured, why);
}

function notHere({ missing }: Configured, why: string): string {
  return missing.length === 0 ? why : `${why} (the scenario wants ${missing.join(', ')})`;
}

interface Client {
  readonly query: Message;
  answer: Message | null;
  checked: boolean;
}

/** Rounds in one step after which a scenario counts as a loop, as in testbound. */
const maxRounds = 5000;

function queryIn(octets: Uint8Array): Message | null {
  try {
    return decodeMessage(octets);
  } catch {
    return null;
  }
}

class Runner {
  readonly #scenario: Scenario;
  readonly #clock: VirtualClock;
  readonly #network: ScriptedNetwork;
  readonly #service: (query: Message) => Promise<Message>;
  readonly #clients: Client[] = [];
  readonly #memory: Memory;
  readonly #variables = new Map<string, string>();
  readonly #validates: boolean;
  readonly #wholeAnswers: boolean;
  /** The step that ranges are looked up by. */
  #stepId = 0;
  #rounds = 0;

  constructor(scenario: Scenario, configured: Configured) {
    this.#scenario = scenario;
    // What nobody validated is not told where AD says that all was.
    this.#wholeAnswers = configured.wholeAnswers && configured.trustAnchors === null;
    this.#clock = new VirtualClock(configured.epochMs);
    this.#network = new ScriptedNetwork(scenario, {
      hasIpv4: configured.hasIpv4,
      hasIpv6: configured.hasIpv6,
      isLoopbackShut: configured.isLoopbackShut,
      nowMs: () => this.#clock.elapsed(),
    });
    const world: World = {
      clock: this.#clock,
      random: seededRandom(),
      dns: this.#network,
      streams: noStreams,
      http: { send: () => Promise.reject(new Error('no HTTP in this world')) },
    };
    const { hints, memory, limits, minimise, prefetch, verifyGlue, snooping, wholeAnswers, mixCase } =
      configured;
    this.#memory = memory;
    this.#validates = configured.trustAnchors !== null;
    this.#service = recursiveService(
      createResolver(world, {
        ...{ hints, memory, limits, minimise, prefetch, verifyGlue, wholeAnswers, mixCase },
        ...(configured.trustAnchors === null ? {} : { trustAnchors: configured.trustAnchors }),
      }),
      {
        snooping,
      },
    );
  }

  async run(): Promise<string | null> {
    const { steps, flavour } = this.#scenario;
    for (const [at, step] of steps.entries()) {
      this.#stepId = step.id;
      this.#rounds = 0;
      try {
        const why = await this.#perform(step);
        if (why !== null) return `step ${step.id} (line ${step.line}): ${why}`;
        // testbound is at the next step as soon as a query is sent, Deckard when its answer is there.
        this.#stepId = flavour === 'unbound' ? (steps[at + 1]?.id ?? step.id) : step.id;
        await this.#flow();
      } catch (error) {
        return `step ${step.id} (line ${step.line}): ${messageOf(error)}`;
      }
    }
    return null;
  }

  async #perform(step: Step): Promise<string | null> {
    const { kind, entry, args } = step;
    switch (kind) {
      case 'QUERY':
        if (entry === null) return 'a QUERY without entry';
        if (entry.raw === null) this.#send(queryOf(entry));
        else this.#sendRaw(entry.raw);
        return null;
      case 'CHECK_ANSWER':
        return entry === null ? 'a CHECK_ANSWER without entry' : await this.#check(step);
      case 'TIME_PASSES':
        return await this.#pass(args);
      case 'TIMEOUT':
      case 'ERROR':
        await this.#flow();
        this.#endLast(kind);
        return null;
      case 'ASSIGN':
        return this.#assign(args);
      case 'FLUSH_MESSAGE':
      case 'EXPIRE_MESSAGE':
        this.#memory.answers.forget(parseName(args[0] ?? '.'));
        return null;
      case 'CHECK_AUTOTRUST':
      case 'CHECK_TEMPFILE':
        return `${kind}: zonecut writes no such file`;
      case 'TRAFFIC':
        await this.#quiet();
        return null;
      case 'CHECK_OUT_QUERY':
      case 'REPLY':
      case 'NOTHING':
      case 'INFRA_RTT':
        return null;
      default:
        return `the driver does not know the step ${kind}`;
    }
  }

  #send(query: Message): void {
    const client: Client = { query, answer: null, checked: false };
    this.#clients.push(client);
    void this.#service(query).then(answer => {
      client.answer = answer;
    });
  }

  /** Octets that may be no query at all: the answer, if there is one, is nobody's business. */
  #sendRaw(octets: Uint8Array): void {
    const query = queryIn(octets);
    if (query !== null) void this.#service(query);
  }

  /** `name = expression` */
  #assign(args: readonly string[]): string | null {
    const [name, sign, ...rest] = args;
    if (name === undefined || sign !== '=')
      return `the driver does not know the assignment ${args.join(' ')}`;
    this.#variables.set(name, this.#expanded(rest.join(' ')));
    return null;
  }

  #expanded(text: string): string {
    const last = this.#network.waiting.at(-1);
    return expanded(text, this.#variables, {
      time: Math.floor(this.#clock.now() / 1000),
      timeout: last === undefined ? 0 : last.timeoutMs / 1000,
    });
  }

  /** Looks for a client whose answer is the expected one; lets waits end in vain until there is one to look at. */
  async #check({ entry }: Step): Promise<string | null> {
    if (entry === null) return null;
    for (;;) {
      await this.#flow();
      let why = 'no client waits for an answer';
      for (const client of this.#clients) {
        if (client.checked) continue;
        if (client.answer === null) {
          why = `no answer came; waiting for ${this.#network.waiting.map(({ address }) => address).join(', ')}`;
          continue;
        }
        const difference = differenceOf(client.answer, entry, client.query, {
          authenticData: this.#validates,
          authority: this.#wholeAnswers ? 'whole' : 'proofs',
        });
        if (difference === null) {
          client.checked = true;
          return null;
        }
        why = difference;
      }
      const isOpen = this.#clients.some(client => !client.checked && client.answer === null);
      if (!isOpen || !this.#expireFirst()) return `${why}; sent: ${this.#network.sent.join(', ')}`;
    }
  }

  async #pass(args: readonly string[]): Promise<string | null> {
    const at = args.findIndex(word => /^(ELAPSE|EVAL)$/i.test(word));
    await this.#flow();
    const seconds = Number(this.#expanded(args.slice(at + 1).join(' ')));
    if (at < 0 || Number.isNaN(seconds)) return `the driver does not know the time ${args.join(' ')}`;
    this.#clock.advance(seconds * 1000);
    for (const waiting of [...this.#network.waiting]) {
      if (waiting.deadlineMs <= this.#clock.elapsed()) ScriptedNetwork.expire(waiting);
    }
    return null;
  }

  /** Answers whatever the script answers now, until nothing moves. */
  async #flow(): Promise<void> {
    do {
      await new Promise(resolve => setImmediate(resolve));
      this.#rounds += 1;
      if (this.#rounds > maxRounds) throw new Error(`more than ${maxRounds} rounds: a loop`);
    } while (this.#network.answerOne(this.#stepId));
    await new Promise(resolve => setImmediate(resolve));
  }

  /** As `#flow`, and lets waits end in vain until no query is left. */
  async #quiet(): Promise<void> {
    do await this.#flow();
    while (this.#expireFirst());
  }

  /** Ends the wait that would end first. The clock stands still: no TTL is to change by it. */
  #expireFirst(): boolean {
    const first = this.#network.waiting.toSorted((a, b) => a.deadlineMs - b.deadlineMs)[0];
    if (first === undefined) return false;
    ScriptedNetwork.expire(first);
    return true;
  }

  #endLast(kind: 'TIMEOUT' | 'ERROR'): void {
    const last = this.#network.waiting.at(-1);
    if (last === undefined) return;
    if (kind === 'TIMEOUT') ScriptedNetwork.expire(last);
    else ScriptedNetwork.breakOff(last);
  }
}
