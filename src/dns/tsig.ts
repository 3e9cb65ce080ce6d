import { ZonecutError } from '../error.ts';
import type { Rcode } from './message.ts';
import { type Name, octetsOfName } from './name.ts';
import { OctetReader, OctetWriter } from './octets.ts';
import {
  leastTsigMacOctets,
  type TsigKey,
  tsigAlgorithmName,
  tsigAlgorithmNamed,
  tsigHash,
} from './tsig-key.ts';
import {
  appendTsig,
  beginMac,
  type SplitMessage,
  sameMac,
  type TsigRecord,
  trySplitTsig,
  tsigVariables,
} from './tsig-record.ts';

/** Seconds by which the clocks of both sides may differ (RFC 8945 section 10). */
export const tsigFudgeSeconds = 300;

/** How a message is signed. */
export interface TsigSignOptions {
  /** The time now, in seconds since 1970. */
  readonly nowSeconds: number;
  /** Seconds, 0 to 65535; 300 unless given. */
  readonly fudgeSeconds?: number;
  /** Truncates the MAC to so many octets: at least 10 and half of the whole (RFC 8945 section 5.2.2.1). */
  readonly macOctets?: number;
}

/** A signed message, and its MAC for what comes after it. */
export interface TsigSigned {
  readonly octets: Uint8Array;
  /** As sent; the response's MAC is computed over it (RFC 8945 section 5.3). */
  readonly mac: Uint8Array;
}

/** How a signature is judged. */
export interface TsigVerifyOptions {
  /** The time now, in seconds since 1970. */
  readonly nowSeconds: number;
  /**
   * MACs with fewer octets are BADTRUNC (RFC 8945 section 5.2.4): what the key's own have unless given. 0 takes every
   * truncation that section 5.2.2.1 allows.
   */
  readonly leastMacOctets?: number;
}

/** What is wrong with a signature: FORMERR is the message's response code, the others go into the error of TSIG. */
export type TsigError = 'FORMERR' | 'BADKEY' | 'BADSIG' | 'BADTIME' | 'BADTRUNC';

/** A signature that does not hold (RFC 8945 section 5.2), with what `tsigErrorResponse` needs. */
export interface TsigFailure {
  readonly kind: 'failed';
  readonly error: TsigError;
  /** A sentence for the log. */
  readonly problem: string;
  /** The response code of the answer: NOTAUTH (RFC 8945 section 5.2), or FORMERR. */
  readonly rcode: Rcode;
  /** The key whose MAC was found good, for errors that are answered signed (section 5.3.2); null otherwise. */
  readonly key: TsigKey | null;
  /** The record as it came, null when it cannot be read. */
  readonly record: TsigRecord | null;
}

/** A signature that holds. */
export interface TsigVerified {
  readonly kind: 'verified';
  readonly key: TsigKey;
  /** The message without its TSIG record, with its original ID. */
  readonly message: Uint8Array;
  readonly mac: Uint8Array;
  readonly signedAtSeconds: number;
  /** What the peer says about the message before: NOERROR, BADTIME or BADTRUNC (RFC 8945 section 5.4). */
  readonly peerError: Rcode;
  /** The clock of the server, in seconds since 1970, that BADTIME tells; null otherwise. */
  readonly peerTimeSeconds: number | null;
}

/** What became of a message at the one who checks it; `unsigned` has no TSIG record at all. */
export type TsigVerdict =
  | TsigVerified
  | { readonly kind: 'unsigned' }
  /** A response without MAC by which the server says BADKEY, BADSIG or so; nobody vouches for it (section 5.4.1). */
  | { readonly kind: 'rejected'; readonly error: Rcode; readonly message: Uint8Array }
  | TsigFailure;

/** How many octets a signature with `key` adds to a message: what to leave free under a UDP limit. */
export function tsigOctets(
  key: TsigKey,
  macOctets: number = key.macOctets ?? tsigHash(key.algorithm).sent,
): number {
  // Fixed: type, class, TTL, RDLENGTH (10), time, fudge, MAC size, original ID, error, other length (16), and 6 of BADTIME.
  return (
    octetsOfName(key.name).length + octetsOfName(tsigAlgorithmName(key.algorithm)).length + macOctets + 32
  );
}

/**
 * Signs the octets of a request (RFC 8945 section 5.1).
 *
 * Throws ZC_USAGE for an algorithm that is only verified and for a MAC or fudge out of bounds, ZC_WIRE when the message gets
 * too long.
 */
export function signTsigRequest(octets: Uint8Array, key: TsigKey, options: TsigSignOptions): TsigSigned {
  if (!tsigHash(key.algorithm).signs) {
    throw new ZonecutError('ZC_USAGE', `${key.algorithm} signs no requests`, {
      hint: 'Make a key for hmac-sha256 with tsig-keygen, here and at the server.',
    });
  }
  return sign(octets, key, null, options, noError);
}

/** Signs the octets of the response to a request whose MAC was `requestMac` (RFC 8945 section 5.3). Throws ZC_USAGE, ZC_WIRE. */
export function signTsigResponse(
  octets: Uint8Array,
  key: TsigKey,
  requestMac: Uint8Array,
  options: TsigSignOptions,
): TsigSigned {
  return sign(octets, key, requestMac, options, noError);
}

interface ErrorFields {
  readonly error: Rcode;
  readonly other: Uint8Array;
}

const noError: ErrorFields = { error: 'NOERROR', other: new Uint8Array() };

function sign(
  octets: Uint8Array,
  key: TsigKey,
  requestMac: Uint8Array | null,
  options: TsigSignOptions,
  fields: ErrorFields,
): TsigSigned {
  const record = unsignedRecord(octets, key, options, fields);
  const whole = beginMac(key, requestMac).update(octets).update(tsigVariables(record)).digest();
  const mac = new Uint8Array(whole.subarray(0, macLength(key, options.macOctets)));
  return { octets: appendTsig(octets, { ...record, mac }), mac };
}

/** For this room: the record that will sign `octets`, without its MAC. Throws ZC_USAGE. */
export function unsignedRecord(
  octets: Uint8Array,
  key: TsigKey,
  options: TsigSignOptions,
  fields: ErrorFields = noError,
): TsigRecord {
  const fudgeSeconds = options.fudgeSeconds ?? tsigFudgeSeconds;
  if (!Number.isInteger(fudgeSeconds) || fudgeSeconds < 0 || fudgeSeconds > 0xffff) {
    throw new ZonecutError('ZC_USAGE', `the fudge is ${fudgeSeconds} seconds, 0 to 65535 are allowed`);
  }
  return {
    owner: key.name,
    algorithm: tsigAlgorithmName(key.algorithm),
    signedAtSeconds: Math.floor(options.nowSeconds),
    fudgeSeconds,
    mac: new Uint8Array(),
    originalId: ((octets[0] ?? 0) << 8) | (octets[1] ?? 0),
    ...fields,
  };
}

/** For this room: the octets of the MAC to send. Throws ZC_USAGE when `asked` is out of bounds. */
export function macLength(key: TsigKey, asked: number | undefined): number {
  const { octets, sent } = tsigHash(key.algorithm);
  if (asked === undefined) return key.macOctets ?? sent;
  const least = leastMac(key);
  if (!Number.isInteger(asked) || asked < least || asked > octets) {
    throw new ZonecutError(
      'ZC_USAGE',
      `a MAC of ${asked} octets, ${least} to ${octets} are allowed with ${key.algorithm}`,
    );
  }
  return asked;
}

function leastMac(key: TsigKey): number {
  return Math.max(leastTsigMacOctets, tsigHash(key.algorithm).octets / 2);
}

/**
 * Checks the signature of a request at a server that knows `keys`: key, MAC, time, truncation, in that order
 * (RFC 8945 section 5.2).
 *
 * Gives a value whatever the octets are; `tsigErrorResponse` makes the answer to a failure. Replays within the fudge are
 * not noticed: section 5.2.3 leaves that to a memory of the last time per key.
 */
export function verifyTsigRequest(
  octets: Uint8Array,
  keys: readonly TsigKey[],
  options: TsigVerifyOptions,
): TsigVerdict {
  const found = trySplitTsig(octets);
  if ('problem' in found) return malformed(found.problem);
  if (found.split === null) return { kind: 'unsigned' };
  return judge(found.split, keys, null, options);
}

/**
 * Checks the signature of the response to a request that was signed with `key` and had the MAC `requestMac`.
 *
 * `unsigned` and `rejected` responses are to be dropped while the wait for a signed one goes on (RFC 8945 section 5.4.1).
 */
export function verifyTsigResponse(
  octets: Uint8Array,
  key: TsigKey,
  requestMac: Uint8Array,
  options: TsigVerifyOptions,
): TsigVerdict {
  const found = trySplitTsig(octets);
  if ('problem' in found) return malformed(found.problem);
  const { split } = found;
  if (split === null) return { kind: 'unsigned' };
  if (split.record.mac.length === 0 && split.record.error !== 'NOERROR') {
    return { kind: 'rejected', error: split.record.error, message: split.unsigned };
  }
  return judge(split, [key], requestMac, options);
}

/** For this room: the failure of octets that cannot be read. */
export function malformed(problem: string): TsigFailure {
  return { kind: 'failed', error: 'FORMERR', problem, rcode: 'FORMERR', key: null, record: null };
}

/** For this room: a failure that is answered with NOTAUTH. */
export function failure(
  error: TsigError,
  problem: string,
  record: TsigRecord,
  key: TsigKey | null,
): TsigFailure {
  return { kind: 'failed', error, problem, rcode: error === 'FORMERR' ? 'FORMERR' : 'NOTAUTH', key, record };
}

function judge(
  { record, unsigned }: SplitMessage,
  keys: readonly TsigKey[],
  requestMac: Uint8Array | null,
  options: TsigVerifyOptions,
): TsigVerdict {
  const key = keyOf(record.owner, record.algorithm, keys);
  if (key === null) {
    return failure('BADKEY', `no key ${record.owner} for ${record.algorithm} is known`, record, null);
  }
  return (
    macFault(record, key) ??
    judgeMac(
      record,
      key,
      beginMac(key, requestMac).update(unsigned).update(tsigVariables(record)).digest(),
    ) ??
    judgePolicy(record, key, options) ??
    verified(record, key, unsigned)
  );
}

/** For this room: the key with that name and algorithm, null when there is none. */
export function keyOf(name: Name, algorithm: Name, keys: readonly TsigKey[]): TsigKey | null {
  const wanted = tsigAlgorithmNamed(algorithm);
  return keys.find(key => key.name === name && key.algorithm === wanted) ?? null;
}

/** For this room: what is wrong with the length of a MAC (RFC 8945 section 5.2.2.1), null when nothing is. */
export function macFault(record: TsigRecord, key: TsigKey): TsigFailure | null {
  const least = leastMac(key);
  const { octets } = tsigHash(key.algorithm);
  return record.mac.length >= least && record.mac.length <= octets
    ? null
    : failure(
        'FORMERR',
        `a MAC of ${record.mac.length} octets, ${least} to ${octets} are allowed`,
        record,
        null,
      );
}

/** For this room: BADSIG unless the MAC is the beginning of `whole`. */
export function judgeMac(record: TsigRecord, key: TsigKey, whole: Uint8Array): TsigFailure | null {
  return sameMac(record.mac, whole)
    ? null
    : failure('BADSIG', `the MAC is not the one that ${key.name} gives`, record, null);
}

/** For this room: what is wrong with the time and length of a good MAC, null when nothing is. */
export function judgePolicy(
  record: TsigRecord,
  key: TsigKey,
  options: TsigVerifyOptions,
): TsigFailure | null {
  const apart = Math.abs(options.nowSeconds - record.signedAtSeconds);
  if (apart > record.fudgeSeconds) {
    const sentence = `the clocks are ${Math.round(apart)} s apart, ${record.fudgeSeconds} s are allowed`;
    return failure('BADTIME', sentence, record, key);
  }
  const least = options.leastMacOctets ?? key.macOctets ?? tsigHash(key.algorithm).sent;
  return record.mac.length < Math.min(least, tsigHash(key.algorithm).octets)
    ? failure(
        'BADTRUNC',
        `a MAC of ${record.mac.length} octets, ${least} at least are asked for`,
        record,
        key,
      )
    : null;
}

/** For this room: the verdict on a message whose MAC, time and length are good. Never throws. */
export function verified(record: TsigRecord, key: TsigKey, message: Uint8Array): TsigVerified {
  const told = record.error === 'BADTIME' && record.other.length === 6;
  return {
    kind: 'verified',
    key,
    message,
    mac: record.mac,
    signedAtSeconds: record.signedAtSeconds,
    peerError: record.error,
    peerTimeSeconds: told ? new OctetReader(record.other, 'ZC_WIRE').u48() : null,
  };
}

/**
 * Puts the TSIG record of an error on the octets of a response that already carries `failure.rcode` (RFC 8945 section 5.3.2).
 *
 * BADKEY and BADSIG are sent without a MAC; BADTIME, with the time of the server, and BADTRUNC are signed over the request's
 * MAC. FORMERR gets no TSIG record: `octets` come back as they are. Throws ZC_WIRE when the message gets too long.
 */
export function tsigErrorResponse(
  octets: Uint8Array,
  { error, key, record }: TsigFailure,
  options: TsigSignOptions,
): Uint8Array {
  if (error === 'FORMERR' || record === null) return octets;
  if (key === null) {
    const originalId = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
    return appendTsig(octets, {
      ...record,
      mac: new Uint8Array(),
      originalId,
      error,
      other: new Uint8Array(),
    });
  }
  if (error !== 'BADTIME')
    return sign(octets, key, record.mac, options, { error, other: new Uint8Array() }).octets;
  const time = new OctetWriter();
  time.u48(Math.floor(options.nowSeconds));
  // The client's own time, so that the client can check the answer however far its clock is off (section 5.2.3).
  const atClient = { ...options, nowSeconds: record.signedAtSeconds };
  return sign(octets, key, record.mac, atClient, { error, other: time.octets() }).octets;
}
