import { type Name, nameFromOctets } from '../dns/name.ts';
import { isServerAddress } from '../resolver/delegations.ts';
import type { Net } from '../survey/ask.ts';
import type { HostFacts } from '../survey/facts.ts';
import { lookUpHost } from '../survey/host-facts.ts';
import type { World } from '../world/world.ts';
import type { AuditLimits } from './limits.ts';
import { Lookups, type Turns } from './lookups.ts';
import type { Server, Servers } from './servers.ts';

/** A name server as its own zone shows it. */
export interface Host {
  readonly facts: HostFacts;
  /** At its addresses, as many as are asked. */
  readonly servers: readonly Server[];
}

/** Finds name servers outside of the names that they serve: each is looked up once for all names that it serves. */
export class Hosts {
  readonly #world: World;
  readonly #net: Net;
  readonly #servers: Servers;
  readonly #limits: AuditLimits;
  readonly #signal: AbortSignal;
  readonly #lookups: Lookups<Host>;

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
    this.#limits = limits;
    this.#signal = signal;
    this.#lookups = new Lookups(limits.maxHostsKnown, limits.hostMs, turns);
  }

  /** The host whose name is in `octets`; a promise when it has to be found. */
  at(octets: Uint8Array): Host | Promise<Host> {
    const key = String.fromCharCode(...octets);
    return this.#lookups.known(key, this.#world.clock.elapsed()) ?? this.#find(key, nameFromOctets(octets));
  }

  #find(key: string, name: Name): Promise<Host> {
    return this.#lookups.find(
      key,
      () => this.#world.clock.elapsed(),
      async () => {
        const facts = await lookUpHost(this.#net.resolver, name, this.#signal);
        const addresses = facts.addresses.filter(isServerAddress).slice(0, this.#limits.maxAddressesPerHost);
        return { facts, servers: [...new Set(addresses.map(address => this.#servers.named(address)))] };
      },
      ({ servers }) => servers.length > 0,
    );
  }
}
