import { isAtOrBelow, type Name } from '../dns/name.ts';
import type { Random } from '../world/world.ts';
import { glueFor, type KnownZone } from './delegations.ts';
import type { LimitFired, Limits } from './limits.ts';
import type { Server } from './resolution.ts';
import type { ServerMemory } from './server-memory.ts';

/** One address of a pool. */
export interface Candidate {
  readonly server: Server;
  /** How often it was silent to questions of this pool. */
  tries: number;
  /** It has given an answer that does not count: it is not asked again. */
  dead: boolean;
}

interface NameState {
  readonly name: Name;
  /** `waiting`: its address is not known and may be looked up. `lost`: it has none, or none that can be found. */
  state: 'located' | 'waiting' | 'lost';
  /** Whether its address was looked up, be it in vain. */
  lookedUp: boolean;
  /** Addresses from the parents of its own zone, for when those of the zone itself are of no use. */
  spare: readonly string[];
}

/** Whom to ask next: a server, the address of a server, or nobody. */
export type Pick =
  | { readonly kind: 'server'; readonly candidate: Candidate }
  | { readonly kind: 'lookup'; readonly name: Name }
  | { readonly kind: 'exhausted' };

/** The servers of one zone, as one question sees them: which are located, which were silent, which are of no use. */
export class Pool {
  readonly zone: KnownZone;
  readonly #limits: Limits;
  readonly #names: NameState[];
  #candidates: readonly Candidate[] = [];
  readonly #fired: LimitFired[] = [];
  #failedLookups = 0;

  /**
   * `known` gives the addresses that are remembered of a name that has no glue. With `verifyGlue`, glue of names outside of
   * the zone is used only when their own zone gives no address.
   */
  constructor(
    zone: KnownZone,
    known: (name: Name) => readonly string[],
    verifyGlue: boolean,
    limits: Limits,
    random: Random,
  ) {
    this.zone = zone;
    this.#limits = limits;
    const names = shuffled<Name>(zone.ns.data, random);
    if (names.length > limits.maxServersPerCut) {
      this.#fire('maxServersPerCut', `name servers of ${zone.apex}`);
    }
    this.#names = names.slice(0, limits.maxServersPerCut).map(name => ({
      name,
      state: 'waiting',
      lookedUp: false,
      spare: [],
    }));
    for (const named of this.#names) {
      const glue = glueFor(zone, named.name);
      const isDoubted = verifyGlue && !isAtOrBelow(named.name, zone.apex);
      if (glue.length > 0 && !isDoubted) {
        this.#locate(named, glue);
      } else {
        named.spare = glue;
        this.#locate(named, known(named.name));
      }
    }
  }

  /** Whether no server of the zone has been located, nor can be. */
  get hasNoAddress(): boolean {
    return this.#candidates.length === 0;
  }

  /** The servers that were silent or refused, for the sentence of a failure. */
  get candidates(): readonly Candidate[] {
    return this.#candidates;
  }

  /** The limits that fired since the last call. */
  takeFired(): readonly LimitFired[] {
    return this.#fired.length === 0 ? none : this.#fired.splice(0);
  }

  /** Takes the addresses found for a name; none change nothing. */
  locate(name: Name, addresses: readonly string[]): void {
    const named = this.#names.find(state => state.name === name);
    if (named !== undefined) {
      this.#locate(named, addresses);
    }
  }

  #locate(named: NameState, addresses: readonly string[]): void {
    const { name } = named;
    const { maxAddressesPerServer } = this.#limits;
    if (addresses.length === 0) {
      return;
    }
    named.state = 'located';
    if (addresses.length > maxAddressesPerServer) {
      this.#fire('maxAddressesPerServer', `addresses of ${name}`);
    }
    const used =
      addresses.length > maxAddressesPerServer ? addresses.slice(0, maxAddressesPerServer) : addresses;
    for (const address of used) {
      if (!this.#hasCandidate(address)) {
        this.#candidates = this.#candidates.concat({ server: { name, address }, tries: 0, dead: false });
      }
    }
  }

  #hasCandidate(address: string): boolean {
    for (const { server } of this.#candidates) {
      if (server.address === address) {
        return true;
      }
    }
    return false;
  }

  /** Takes addresses to fall back on when no other helps. */
  keepSpare(name: Name, addresses: readonly string[]): void {
    const named = this.#names.find(state => state.name === name);
    if (named !== undefined) {
      named.spare = [...named.spare, ...addresses];
    }
  }

  /** Takes it that a name has no address that can be found. */
  lose(name: Name): void {
    const named = this.#names.find(state => state.name === name);
    if (named === undefined) {
      return;
    }
    named.state = 'lost';
    this.#failedLookups += 1;
    if (this.#failedLookups === this.#limits.maxLookupFailures && this.#names.some(isWaiting)) {
      this.#fire('maxLookupFailures', `name servers of ${this.zone.apex}`);
    }
  }

  /** Lets servers that refused one question be asked another; those that were silent stay so. */
  revive(): void {
    for (const candidate of this.#candidates) {
      candidate.dead = false;
    }
  }

  /**
   * Whom to ask: servers not asked yet, the fastest first and strangers before all; then servers whose address must be
   * looked up; then the silent ones again; servers that are down once. When all of that is used up: the addresses in which
   * glue and the servers' own zones may differ.
   */
  pick(memory: ServerMemory, avoid: ReadonlySet<string>, nowMs: number): Pick {
    let best: Candidate | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const candidate of this.#candidates) {
      const cost = this.#costOf(candidate, memory, avoid, nowMs);
      if (cost < lowest) {
        best = candidate;
        lowest = cost;
      }
    }
    if (best !== undefined && lowest < 1e6) {
      return { kind: 'server', candidate: best };
    }
    const mayLookUp = this.#failedLookups < this.#limits.maxLookupFailures;
    const waiting = mayLookUp ? this.#names.find(isWaiting) : undefined;
    if (waiting !== undefined) {
      return this.#lookUp(waiting);
    }
    if (best !== undefined) {
      return { kind: 'server', candidate: best };
    }
    return this.#useSpares() ? this.pick(memory, avoid, nowMs) : this.#lastResort(mayLookUp);
  }

  #lookUp(named: NameState): Pick {
    named.lookedUp = true;
    return { kind: 'lookup', name: named.name };
  }

  /** Puts the spare addresses to use; whether there were any. Each is there once, so that this ends. */
  #useSpares(): boolean {
    const before = this.#candidates.length;
    for (const named of this.#names) {
      const { spare } = named;
      named.spare = [];
      this.#locate(named, spare);
    }
    return this.#candidates.length > before;
  }

  /** The glue led nowhere: a server that has a zone of its own may be found there at another address. */
  #lastResort(mayLookUp: boolean): Pick {
    const elsewhere = this.#names.find(
      ({ name, lookedUp }) => !lookedUp && !isAtOrBelow(name, this.zone.apex),
    );
    if (!mayLookUp || elsewhere === undefined || this.zone.delegation === null) {
      return { kind: 'exhausted' };
    }
    this.#failedLookups += 1;
    return this.#lookUp(elsewhere);
  }

  /** What speaks against asking a server now: a little for its slowness, much for its silence; infinite when it is of no use. */
  #costOf(candidate: Candidate, memory: ServerMemory, avoid: ReadonlySet<string>, nowMs: number): number {
    const { address } = candidate.server;
    const isDown = memory.isDown(address, nowMs);
    const { maxTriesPerServer } = this.#limits;
    if (candidate.dead || candidate.tries >= (isDown ? Math.min(1, maxTriesPerServer) : maxTriesPerServer)) {
      return Number.POSITIVE_INFINITY;
    }
    return (
      (isDown ? 1e9 : 0) + candidate.tries * 1e6 + (avoid.has(address) ? 1e8 : 0) + memory.expectedMs(address)
    );
  }

  #fire(limit: 'maxServersPerCut' | 'maxAddressesPerServer' | 'maxLookupFailures', at: string): void {
    this.#fired.push({ limit, value: this.#limits[limit], at });
  }
}

const none: readonly LimitFired[] = [];

function isWaiting(named: NameState): boolean {
  return named.state === 'waiting';
}

/** In random order (Fisher and Yates), so that no server of many is asked always, and none never. */
function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const out = [...items];
  for (let at = out.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    const [a, b] = [out[at], out[other]];
    if (a !== undefined && b !== undefined) {
      out[at] = b;
      out[other] = a;
    }
  }
  return out;
}
