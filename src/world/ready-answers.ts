import { rcodeMnemonic, typeMnemonic } from '../dns/iana.ts';
import { worldLimits } from './limits.ts';
import type { Clock } from './world.ts';

/** What an answer that was ready was to, for those who count. */
export interface ReadyUse {
  readonly type: string;
  readonly rcode: string;
}

interface Ready extends ReadyUse {
  readonly octets: Uint8Array;
  /** Where its TTLs stand. */
  readonly ttlsAt: readonly number[];
  readonly madeAtMs: number;
  readonly untilMs: number;
}

const headerOctets = 12;
const idOctets = 2;
/** An OPT record without options. */
const plainOptOctets = 11;
const optType = 41;
/** Places for marks of queries that were seen once; two that share one are taken for the same, and kept the sooner. */
const seenPlaces = 262_144;

/**
 * Answers in the octets that were sent, for queries in the very same octets but for the ID: these need not be read again.
 *
 * An answer is kept when its query comes a second time, until a tenth of its shortest TTL is left, and its TTLs are counted
 * down. Kept are NOERROR and NXDOMAIN to plain queries: one question in small letters, no option of EDNS. What is used
 * least makes way.
 */
export class ReadyAnswers {
  readonly #clock: Clock;
  readonly #onUse: (use: ReadyUse) => void;
  readonly #maxOctets: number;
  /** In two generations: what is used moves to the younger one, and the older one goes whole when the younger one is full. */
  #young = new Map<string, Ready>();
  #old = new Map<string, Ready>();
  #youngOctets = 0;
  readonly #seen = new Uint8Array(seenPlaces);
  #marks = 0;

  constructor(
    clock: Clock,
    onUse: (use: ReadyUse) => void = () => {},
    maxOctets: number = worldLimits.maxReadyOctets,
  ) {
    this.#clock = clock;
    this.#onUse = onUse;
    this.#maxOctets = maxOctets;
  }

  /** The answer to `query`, with its ID and with TTLs as they are now; null when there is none. */
  find(query: Uint8Array): Uint8Array | null {
    // Most of what is asked for the first time ends here, without a text to look it up by.
    if (this.#seen[hashOf(query) % seenPlaces] !== 1) {
      return null;
    }
    const key = keyOf(query);
    const ready = this.#young.get(key) ?? this.#rejuvenated(key);
    if (ready === undefined) {
      return null;
    }
    const nowMs = this.#clock.elapsed();
    if (nowMs >= ready.untilMs) {
      this.#young.delete(key);
      return null;
    }
    this.#onUse(ready);
    return copyOf(ready, query, nowMs);
  }

  /** Takes it that `query` was answered with `response`. */
  keep(query: Uint8Array, response: Uint8Array): void {
    const end = endOfPlainQuery(query);
    const rcode = (response[3] ?? 0) & 15;
    if (end === null || !keptRcodes.has(rcode) || isTruncated(response)) {
      return;
    }
    if (!this.#isSecond(hashOf(query))) {
      return;
    }
    const ttlsAt = ttlsOf(response);
    const ttl = Math.min(...ttlsAt.map(at => u32At(response, at)));
    if (ttlsAt.length === 0 || ttl === 0) {
      return;
    }
    const madeAtMs = this.#clock.elapsed();
    this.#put(keyOf(query), {
      octets: response.slice(),
      ttlsAt,
      madeAtMs,
      untilMs: madeAtMs + 900 * ttl,
      type: typeMnemonic(u16At(query, end - 4)),
      rcode: rcodeMnemonic(rcode),
    });
  }

  /** What was in the older generation, moved to the younger one. */
  #rejuvenated(key: string): Ready | undefined {
    const ready = this.#old.get(key);
    if (ready !== undefined) {
      this.#put(key, ready);
    }
    return ready;
  }

  #put(key: string, ready: Ready): void {
    this.#youngOctets += weightOf(key, ready);
    this.#young.set(key, ready);
    if (this.#youngOctets > this.#maxOctets / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngOctets = 0;
    }
  }

  #isSecond(hash: number): boolean {
    const at = hash % seenPlaces;
    if (this.#seen[at] === 1) {
      return true;
    }
    // With every fourth place marked the marks say little, and begin anew; what is kept is found again the time after next.
    if (this.#marks > seenPlaces / 4) {
      this.#seen.fill(0);
      this.#marks = 0;
    }
    this.#seen[at] = 1;
    this.#marks += 1;
    return false;
  }
}

const keptRcodes: ReadonlySet<number> = new Set([0, 3]);

/** Octets of an entry beside its text: objects and the map, by estimate. */
const overheadOctets = 300;

function weightOf(key: string, { octets, ttlsAt }: Ready): number {
  return overheadOctets + key.length + octets.length + 8 * ttlsAt.length;
}

/** The query without its ID. */
function keyOf(query: Uint8Array): string {
  const buffer = Buffer.isBuffer(query)
    ? query
    : Buffer.from(query.buffer, query.byteOffset, query.byteLength);
  return buffer.toString('latin1', idOctets);
}

/** FNV-1a of the query without its ID, of which nothing depends but what is kept at the second time. */
function hashOf(query: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = idOctets; at < query.length; at += 1) {
    hash = Math.imul(hash ^ (query[at] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}

/** A copy, as the socket may hold on to it until it is sent. */
function copyOf(ready: Ready, query: Uint8Array, nowMs: number): Uint8Array {
  const octets = Buffer.allocUnsafe(ready.octets.length);
  octets.set(ready.octets);
  octets[0] = query[0] ?? 0;
  octets[1] = query[1] ?? 0;
  const passed = Math.ceil((nowMs - ready.madeAtMs) / 1000);
  for (const at of ready.ttlsAt) {
    octets.writeUInt32BE(Math.max(0, u32At(ready.octets, at) - passed), at);
  }
  return octets;
}

/** Where the question of a plain query ends; null when it is none. */
function endOfPlainQuery(query: Uint8Array): number | null {
  const isQuery = ((query[2] ?? 0) & 0xf8) === 0 && u16At(query, 4) === 1 && u32At(query, 6) === 0;
  let at = headerOctets;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    for (const end = at + length; at < end; ) {
      at += 1;
      const octet = query[at] ?? 0;
      if (octet >= 0x41 && octet <= 0x5a) {
        return null;
      }
    }
    at += 1;
  }
  const end = at + 5;
  const behind = u16At(query, 10) === 0 ? 0 : plainOptOctets;
  return isQuery && u16At(query, 10) < 2 && query.length === end + behind ? end : null;
}

function isTruncated(response: Uint8Array): boolean {
  return ((response[2] ?? 0) & 2) !== 0;
}

/** Where the TTLs of a response that was encoded here stand. */
function ttlsOf(response: Uint8Array): readonly number[] {
  const ttlsAt: number[] = [];
  let at = headerOctets;
  for (let left = u16At(response, 4); left > 0; left -= 1) {
    at = behindName(response, at) + 4;
  }
  for (let left = u16At(response, 6) + u16At(response, 8) + u16At(response, 10); left > 0; left -= 1) {
    at = behindName(response, at);
    if (u16At(response, at) !== optType) {
      ttlsAt.push(at + 4);
    }
    at += 10 + u16At(response, at + 8);
  }
  return ttlsAt;
}

function behindName(octets: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const length = octets[at] ?? 0;
    if (length === 0) {
      return at + 1;
    }
    if (length >= 0xc0) {
      return at + 2;
    }
    at += length + 1;
  }
}

function u16At(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}

function u32At(octets: Uint8Array, at: number): number {
  return u16At(octets, at) * 0x10000 + u16At(octets, at + 2);
}
