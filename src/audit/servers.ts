import { addressText, parseAddress, specialRange } from '../dns/address.ts';
import type { Endpoint } from '../world/world.ts';
import type { AuditLimits } from './limits.ts';

/** A server address, with how it has behaved so far. */
export interface Server {
  readonly address: string;
  readonly family: 4 | 6;
  /** 4 or 16 octets. */
  readonly octets: Uint8Array;
  /** Its address and port as the World knows them. */
  readonly plain: Endpoint;
  /** Where its datagrams really go. */
  readonly endpoint: Endpoint;
  /** The range of addresses in which no public server can be, where the World asks none of those; null when it may be asked. */
  readonly refused: string | null;
  /** Times in a row that it was silent, of those within a second one. */
  silences: number;
  /** When it was silent last, and when it was asked last by a survey although it is down. */
  silentAtMs: number;
  probedAtMs: number;
  /** Names that it was asked for over UDP. */
  asked: number;
  /** Whether it has ever answered. */
  hasAnswered: boolean;
  /** When it may be asked; null for a server that may be asked at once, always. */
  readonly pace: Pace | null;
}

/** Milliseconds in which silences count as one: a process or a network that is held up loses very many answers at once. */
const oneSilenceMs = 1_000;

/** Notes that `server` was silent at `nowMs`. */
export function noteSilence(server: Server, nowMs: number): void {
  server.pace?.silent();
  if (nowMs - server.silentAtMs < oneSilenceMs) return;
  server.silentAtMs = nowMs;
  server.silences += 1;
}

/** Notes that `server` answered. */
export function noteAnswer(server: Server): void {
  server.silences = 0;
  server.hasAnswered = true;
  server.pace?.answered();
}

/** How servers are reached. */
export interface ServerSettings {
  /** Whether the World is declared offline: nobody's servers but the user's own are asked, and at full speed. */
  readonly offline: boolean;
  /** The port of every authoritative server. */
  readonly port: number;
  /** Where an address is really reached; the address itself unless given. */
  readonly endpointOf?: ((endpoint: Endpoint) => Endpoint) | undefined;
}

/**
 * Every server address that was met, each once, however often referrals name it.
 *
 * Of more than `maxServersKnown` the oldest are forgotten, and are new when they come again.
 */
export class Servers {
  readonly #settings: ServerSettings;
  readonly #limits: AuditLimits;
  readonly #four = new Map<number, Server>();
  readonly #six = new Map<string, Server>();

  constructor(settings: ServerSettings, limits: AuditLimits) {
    this.#settings = settings;
    this.#limits = limits;
  }

  /** The server whose address stands at `at`: 4 octets of it, or 16. */
  at(octets: Uint8Array, at: number, count: number): Server {
    if (count === 16) return this.#sixAt(octets.subarray(at, at + 16));
    const key =
      ((octets[at] ?? 0) << 24) |
      ((octets[at + 1] ?? 0) << 16) |
      ((octets[at + 2] ?? 0) << 8) |
      (octets[at + 3] ?? 0);
    const known = this.#four.get(key);
    if (known !== undefined) return known;
    const server = this.#make(octets.slice(at, at + 4), 4);
    keep(this.#four, key, server, this.#limits.maxServersKnown);
    return server;
  }

  /** The server at an address as text. */
  named(address: string): Server {
    const { octets } = parseAddress(address);
    return this.at(octets, 0, octets.length);
  }

  #sixAt(octets: Uint8Array): Server {
    const key = String.fromCharCode(...octets);
    const known = this.#six.get(key);
    if (known !== undefined) return known;
    const server = this.#make(octets.slice(), 6);
    keep(this.#six, key, server, this.#limits.maxServersKnown);
    return server;
  }

  #make(octets: Uint8Array, family: 4 | 6): Server {
    const { offline, port, endpointOf = (endpoint: Endpoint) => endpoint } = this.#settings;
    const address = addressText(octets);
    const plain = { address, port };
    const endpoint = endpointOf(plain);
    return {
      address,
      family: endpoint.address.includes(':') ? 6 : family === 6 && endpoint.address !== address ? 4 : family,
      octets,
      plain,
      endpoint,
      refused: offline ? null : specialRange(address),
      silences: 0,
      silentAtMs: Number.NEGATIVE_INFINITY,
      probedAtMs: Number.NEGATIVE_INFINITY,
      asked: 0,
      hasAnswered: false,
      pace: offline ? null : new Pace(this.#limits),
    };
  }
}

function keep<K>(map: Map<K, Server>, key: K, server: Server, most: number): void {
  if (map.size >= most) {
    const oldest = map.keys().next();
    if (oldest.done !== true) map.delete(oldest.value);
  }
  map.set(key, server);
}

/**
 * When one public address may be asked again: so many queries a second, a few at once.
 *
 * A server that is silent is asked half as often, down to once a second, and gets back to the full rate answer by answer.
 */
export class Pace {
  readonly #limits: AuditLimits;
  #rate: number;
  #tokens: number;
  #atMs = Number.NaN;

  constructor(limits: AuditLimits) {
    this.#limits = limits;
    this.#rate = limits.ratePerServer;
    this.#tokens = limits.burstPerServer;
  }

  /** Queries a second at present. */
  get rate(): number {
    return this.#rate;
  }

  /** Takes the right to one query at `nowMs`, if there is one. */
  take(nowMs: number): boolean {
    if (!Number.isNaN(this.#atMs)) {
      const earned = ((nowMs - this.#atMs) * this.#rate) / 1000;
      this.#tokens = Math.min(this.#limits.burstPerServer, this.#tokens + earned);
    }
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Learns that a query was answered. */
  answered(): void {
    const { ratePerServer } = this.#limits;
    if (this.#rate < ratePerServer) this.#rate = Math.min(ratePerServer, this.#rate + 1);
  }

  /** Learns that a try was in vain. */
  silent(): void {
    this.#rate = Math.max(1, this.#rate / 2);
  }
}
