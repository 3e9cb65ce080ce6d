import type { Journal, JournalEvent } from '../../src/apply/journal.ts';
import type { World } from '../../src/world/world.ts';

/** A process that died: what it had sent goes on, and it hears of nothing any more. */
export class Killed extends Error {
  constructor() {
    super('the process was killed');
  }
}

/** A zonecut process: it can be killed at any moment, as by SIGKILL. */
export class SimulatedProcess {
  readonly world: World;
  #dead = false;
  readonly #died: Promise<never>;
  #die: (error: Killed) => void = () => undefined;

  constructor(world: World) {
    this.#died = new Promise<never>((_, reject) => {
      this.#die = reject;
    });
    this.#died.catch(() => undefined);
    const { clock, random, dns, streams, http } = world;
    this.world = {
      random,
      clock: {
        now: () => clock.now(),
        elapsed: () => clock.elapsed(),
        sleep: (ms, signal) => this.#alive(() => clock.sleep(ms, signal)),
      },
      dns: { exchange: (query, server, options) => this.#alive(() => dns.exchange(query, server, options)) },
      streams: {
        converse: (request, server, take, options) =>
          this.#alive(() => streams.converse(request, server, take, options)),
      },
      http: { send: (request, options) => this.#alive(() => http.send(request, options)) },
    };
  }

  /** Ends the process at once. Safe to repeat. */
  kill(): void {
    this.#dead = true;
    this.#die(new Killed());
  }

  /** What `work` gives. Rejects with Killed as soon as the process dies. */
  async run<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined);
    return await Promise.race([work, this.#died]);
  }

  /** Does `act` unless the process is dead; what it gives is heard by the living only. */
  #alive<T>(act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#dead) {
        act().then(
          value => this.#dead || resolve(value),
          error => this.#dead || reject(error),
        );
      }
    });
  }
}

/** What a run wrote down, on a disk that outlives its processes. */
export class Disk {
  readonly events: JournalEvent[] = [];
  /** Whether nobody means to go on with the run: what it asked people to do they do no more. */
  isLeft = false;

  /**
   * The journal as one process has it. The process dies at event number `killAt` of all, counted from 0: before the event is
   * durable, or right after; never when that is null.
   */
  journal(
    process: SimulatedProcess,
    killAt: { readonly event: number; readonly durable: boolean } | null,
  ): Journal {
    const { events } = this;
    return {
      events,
      append: async event => {
        const dies = killAt !== null && events.length >= killAt.event;
        if (!dies || killAt.durable) {
          events.push(JSON.parse(JSON.stringify(event)));
        }
        if (dies) {
          process.kill();
          await new Promise<never>(() => undefined);
        }
      },
    };
  }
}
