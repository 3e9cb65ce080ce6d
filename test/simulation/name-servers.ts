import { respond } from '../../src/authority/authority.ts';
import type { Message } from '../../src/dns/message.ts';
import type { Name } from '../../src/dns/name.ts';
import type { Zone } from '../../src/dns/zone.ts';
import type { NameServers } from '../../src/sandbox/name-servers.ts';
import type { Chance } from './chance.ts';
import type { SimulatedClock } from './clock.ts';

/** What one server serves: its zones by apex. A server whose zones change gets another map. */
export type Served = ReadonlyMap<Name, Zone>;

/** What every server serves from one moment until the next epoch begins. */
export interface Epoch {
  /** Milliseconds of the clock. */
  readonly fromMs: number;
  readonly servers: ReadonlyMap<Name, Served>;
}

/** How servers follow what is published. */
export interface Lag {
  /** Milliseconds that every publication takes at least. */
  readonly delayMs: number;
  /** Milliseconds that one server may take beyond that. */
  readonly spreadMs: number;
}

interface Held {
  readonly byKey: ReadonlyMap<Name, ReadonlyMap<string, Zone>>;
  readonly served: Served;
}

const nothing: Held = { byKey: new Map(), served: new Map() };

/** Name servers with a memory: every epoch of what they served is kept for those who judge a run. */
export class RecordedNameServers implements NameServers {
  readonly #clock: SimulatedClock;
  readonly #chance: Chance;
  readonly #servers = new Map<Name, Held>();
  readonly #publications = new Map<string, { servers: readonly Name[]; apex: Name }>();
  /** When a server shows the last thing it was told under a key: the next comes after it. */
  readonly #shownAt = new Map<string, number>();
  readonly #epochs: Epoch[] = [];
  #lag: Lag = { delayMs: 0, spreadMs: 0 };

  constructor(clock: SimulatedClock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  /** In order; the last lasts until now. */
  get epochs(): readonly Epoch[] {
    return this.#epochs;
  }

  setLag(lag: Lag): void {
    this.#lag = lag;
  }

  /** Those that ever served something. */
  get names(): readonly Name[] {
    return [...this.#servers.keys()];
  }

  /** What `server` says now. */
  answer(server: Name, query: Message): Message {
    return respond({ zones: this.served(server) }, query);
  }

  /** What `server` serves now. */
  served(server: Name): Served {
    return this.#servers.get(server)?.served ?? nothing.served;
  }

  publish(key: string, zone: Zone, servers: readonly Name[]): void {
    const before = this.#publications.get(key)?.servers ?? [];
    for (const server of before.filter(name => !servers.includes(name))) {
      this.#tell(key, server, zone.apex, null);
    }
    for (const server of servers) {
      this.#tell(key, server, zone.apex, zone);
    }
    this.#publications.set(key, { servers, apex: zone.apex });
  }

  withdraw(key: string): void {
    const publication = this.#publications.get(key);
    for (const server of publication?.servers ?? []) {
      this.#tell(key, server, publication?.apex ?? server, null);
    }
    this.#publications.delete(key);
  }

  /** Resolves at once: nobody in the simulation waits for a fleet, they look at its servers. */
  settled(): Promise<void> {
    return Promise.resolve();
  }

  #tell(key: string, server: Name, apex: Name, zone: Zone | null): void {
    const { delayMs, spreadMs } = this.#lag;
    const queue = `${server} ${key}`;
    const now = this.#clock.elapsed();
    const at = Math.max(now + delayMs + this.#chance.below(spreadMs + 1), this.#shownAt.get(queue) ?? 0);
    this.#shownAt.set(queue, at);
    if (at <= now) {
      this.#show(key, server, apex, zone);
    } else {
      this.#clock.after(at - now, () => this.#show(key, server, apex, zone));
    }
  }

  #show(key: string, server: Name, apex: Name, zone: Zone | null): void {
    this.#servers.set(server, holding(this.#servers.get(server) ?? nothing, key, apex, zone));
    const fromMs = this.#clock.elapsed();
    const servers = new Map([...this.#servers].map(([name, held]) => [name, held.served]));
    if (this.#epochs.at(-1)?.fromMs === fromMs) {
      this.#epochs.pop();
    }
    this.#epochs.push({ fromMs, servers });
  }
}

/** What a server holds after one more telling. Of several zones of one apex the one that came last is served. */
function holding(before: Held, key: string, apex: Name, zone: Zone | null): Held {
  const keys = new Map(before.byKey.get(apex));
  keys.delete(key);
  if (zone !== null) {
    keys.set(key, zone);
  }
  const served = new Map(before.served);
  const last = [...keys.values()].at(-1);
  if (last === undefined) {
    served.delete(apex);
  } else {
    served.set(apex, last);
  }
  return { byKey: new Map([...before.byKey, [apex, keys]]), served };
}
