import { type Name, nameFromOctets, rootName } from '../dns/name.ts';
import type { Net } from '../survey/ask.ts';
import type { World } from '../world/world.ts';
import type { AuditLimits } from './limits.ts';
import { Lookups, type Turns } from './lookups.ts';
import type { Server, Servers } from './servers.ts';

/** A server of a parent zone. */
export interface ParentServer {
  readonly name: Name;
  readonly server: Server;
}

/** A zone that names are delegated from, and where it is served. */
export interface Parent {
  readonly apex: Name;
  /** Each address once. */
  readonly servers: readonly ParentServer[];
  /** Why the zone was not found; null when it was. */
  readonly problem: string | null;
}

/** Finds the zone above a name: looked up from the root once, and then taken as known for all names beside. */
export class Parents {
  readonly #world: World;
  readonly #net: Net;
  readonly #servers: Servers;
  readonly #signal: AbortSignal;
  readonly #lookups: Lookups<Parent>;
  /** The one that was asked for last: names of one zone often stand together. */
  #last: { readonly octets: Uint8Array; readonly parent: Parent; readonly untilMs: number } | null = null;
  readonly #lifeMs: number;

  constructor(
    world: World,
    net: Net,
    servers: Servers,
    limits: AuditLimits,
    turns: Turns,
    signal: AbortSignal,
  ) {
    this.#world = world;
    this.#net = net;
    this.#servers = servers;
    this.#signal = signal;
    this.#lifeMs = limits.parentMs;
    this.#lookups = new Lookups(limits.maxParentsKnown, limits.parentMs, turns);
  }

  /** The zone above the name in `octets`, which has one label at least; a promise when it has to be found. */
  above(octets: Uint8Array): Parent | Promise<Parent> {
    const above = octets.subarray((octets[0] ?? 0) + 1);
    const nowMs = this.#world.clock.elapsed();
    if (this.#last !== null && this.#last.untilMs > nowMs && isSame(this.#last.octets, above)) {
      return this.#last.parent;
    }
    const key = String.fromCharCode(...above);
    const known = this.#lookups.known(key, nowMs);
    if (known !== undefined) {
      this.#last = { octets: above.slice(), parent: known, untilMs: nowMs + Math.min(1_000, this.#lifeMs) };
      return known;
    }
    const name = nameFromOctets(above);
    return this.#lookups.find(
      key,
      () => this.#world.clock.elapsed(),
      () => this.#find(name),
      ({ problem }) => problem === null,
    );
  }

  async #find(name: Name): Promise<Parent> {
    const zone = await this.#net.resolver.zoneOf(name, { signal: this.#signal });
    if (zone.kind === 'failure') {
      return { apex: zone.zone ?? rootName, servers: [], problem: zone.reason };
    }
    const seen = new Set<Server>();
    const servers: ParentServer[] = [];
    for (const { name: host, addresses } of zone.servers) {
      for (const address of addresses) {
        const server = this.#servers.named(address);
        if (seen.has(server)) continue;
        seen.add(server);
        servers.push({ name: host, server });
      }
    }
    const problem = servers.length === 0 ? `no address of a server of ${zone.apex} is known` : null;
    return { apex: zone.apex, servers, problem };
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) {
    if (a[at] !== b[at]) return false;
  }
  return true;
}
