import { respond } from '../authority/authority.ts';
import { type Message, makeResponse } from '../dns/message.ts';
import type { Name } from '../dns/name.ts';
import type { Zone } from '../dns/zone.ts';
import { invariant } from '../error.ts';
import type { Clock } from '../world/world.ts';

/**
 * Where the host emulators put zones, so that the sandbox's name servers answer from them.
 *
 * A publication becomes visible after a delay, as at real hosts; each server shows the publications of one key in order.
 */
export interface NameServers {
  /**
   * Serves `zone` from each of `servers`, in place of what was published under `key` before.
   *
   * `key` tells two zones of one apex apart (`route53:Z0123`). Servers that served the key before and are not
   * in `servers` stop serving it. Throws ZC_INTERNAL for a server that the sandbox does not have.
   */
  publish(key: string, zone: Zone, servers: readonly Name[]): void;
  /** Stops serving what was published under `key`; nothing happens when that is nothing. */
  withdraw(key: string): void;
  /** Resolves when all that was published or withdrawn before this call is visible on every server. */
  settled(): Promise<void>;
}

/**
 * What a name server does with queries: `answer` from its zones, be `silent`, `refuse` them all with REFUSED as a server
 * without the zone, or `fail` them all with SERVFAIL.
 */
export type ServerConduct = 'answer' | 'silent' | 'refuse' | 'fail';

/** Name servers whose delays and failures can be set while they run. */
export interface NameServerFleet extends NameServers {
  readonly names: readonly Name[];
  /** What `server` says to `query` at this moment; null when it says nothing. */
  answer(server: Name, query: Message): Message | null;
  /** Milliseconds from a publication to its visibility, for publications from now on. */
  setVisibilityDelay(delayMs: number): void;
  /** Milliseconds that `server` shows publications from now on later than the others; 0 ends it. */
  setLag(server: Name, lagMs: number): void;
  setConduct(server: Name, conduct: ServerConduct): void;
  /** Gives up what is not visible yet; `settled` resolves. */
  close(): void;
}

/** One server: what it holds by apex and key. Of several keys of one apex the one that came last is served. */
interface ServerState {
  readonly held: Map<Name, Map<string, Zone>>;
  readonly zones: Map<Name, Zone>;
  lagMs: number;
  conduct: ServerConduct;
}

/** What one key was last told, and the number of the telling that each server shows. */
interface Publication {
  told: number;
  apex: Name;
  servers: readonly Name[];
  readonly shown: Map<Name, number>;
}

/** Servers that hold nothing yet and see publications after `visibilityDelayMs` milliseconds. */
export function createNameServers(
  clock: Clock,
  names: readonly Name[],
  visibilityDelayMs: number,
): NameServerFleet {
  return new Fleet(clock, names, visibilityDelayMs);
}

class Fleet implements NameServerFleet {
  readonly names: readonly Name[];
  readonly #clock: Clock;
  readonly #servers: ReadonlyMap<Name, ServerState>;
  readonly #publications = new Map<string, Publication>();
  readonly #pending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #delayMs: number;

  constructor(clock: Clock, names: readonly Name[], delayMs: number) {
    this.names = names;
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#servers = new Map(names.map(name => [name, newServer()]));
  }

  publish(key: string, zone: Zone, servers: readonly Name[]): void {
    const before = this.#publications.get(key);
    const publication = before ?? { told: 0, apex: zone.apex, servers: [], shown: new Map() };
    invariant(publication.apex === zone.apex, `${key} is published as ${publication.apex}, not ${zone.apex}`);
    this.#publications.set(key, publication);
    for (const name of publication.servers.filter(name => !servers.includes(name))) {
      this.#tell(key, publication, name, null);
    }
    for (const name of servers) {
      this.#tell(key, publication, name, zone);
    }
    publication.servers = servers;
  }

  withdraw(key: string): void {
    const publication = this.#publications.get(key);
    for (const name of publication?.servers ?? []) {
      if (publication !== undefined) {
        this.#tell(key, publication, name, null);
      }
    }
    if (publication !== undefined) {
      publication.servers = [];
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  answer(server: Name, query: Message): Message | null {
    const state = this.#server(server);
    switch (state.conduct) {
      case 'answer':
        return respond(state, query);
      case 'silent':
        return null;
      case 'refuse':
        return makeResponse(query, 'REFUSED');
      case 'fail':
        return makeResponse(query, 'SERVFAIL');
    }
  }

  setVisibilityDelay(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  setLag(server: Name, lagMs: number): void {
    this.#server(server).lagMs = lagMs;
  }

  setConduct(server: Name, conduct: ServerConduct): void {
    this.#server(server).conduct = conduct;
  }

  close(): void {
    this.#closing.abort(new Error('the name servers are closed'));
  }

  /** Lets one server show `zone` (null: nothing) when its time has come; at once when there is no delay. */
  #tell(key: string, publication: Publication, name: Name, zone: Zone | null): void {
    const server = this.#server(name);
    publication.told += 1;
    const number = publication.told;
    const show = (): void => {
      // A delay that was made shorter meanwhile lets a later publication come first: the earlier one is void then.
      if ((publication.shown.get(name) ?? 0) < number) {
        publication.shown.set(name, number);
        hold(server, key, publication.apex, zone);
      }
    };
    const waitMs = this.#delayMs + server.lagMs;
    if (waitMs === 0) {
      show();
      return;
    }
    const pending = this.#clock
      .sleep(waitMs, this.#closing.signal)
      .then(show, () => {})
      .finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  #server(name: Name): ServerState {
    const server = this.#servers.get(name);
    invariant(server !== undefined, `the sandbox has no name server ${name}`);
    return server;
  }
}

function newServer(): ServerState {
  return { held: new Map(), zones: new Map(), lagMs: 0, conduct: 'answer' };
}

function hold(server: ServerState, key: string, apex: Name, zone: Zone | null): void {
  const byKey = server.held.get(apex) ?? new Map<string, Zone>();
  if (zone === null) {
    byKey.delete(key);
  } else {
    byKey.set(key, zone);
  }
  const served = [...byKey.values()].at(-1);
  if (served === undefined) {
    server.held.delete(apex);
    server.zones.delete(apex);
  } else {
    server.held.set(apex, byKey);
    server.zones.set(apex, served);
  }
}
