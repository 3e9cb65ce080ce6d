import type { Hmac } from 'node:crypto';
import {
  failure,
  judgeMac,
  judgePolicy,
  keyOf,
  macFault,
  macLength,
  malformed,
  type TsigFailure,
  type TsigSignOptions,
  type TsigVerdict,
  type TsigVerifyOptions,
  unsignedRecord,
  verified,
  verifyTsigResponse,
} from './tsig.ts';
import type { TsigKey } from './tsig-key.ts';
import {
  appendTsig,
  beginMac,
  type SplitMessage,
  trySplitTsig,
  tsigTimers,
  tsigVariables,
} from './tsig-record.ts';

/** Messages without a signature that may come between two signed ones of a stream (RFC 8945 section 5.3.1). */
export const maxUnsignedBetween = 99;

/** What became of one message of a stream; `pending` has no signature of its own and counts only once a later one holds. */
export type TsigStreamVerdict =
  | Exclude<TsigVerdict, { readonly kind: 'unsigned' }>
  | { readonly kind: 'pending'; readonly message: Uint8Array };

/**
 * Checks the messages of one response of several, such as a zone transfer over TCP (RFC 8945 section 5.3.1).
 *
 * The first message and the last must be signed, and at most 99 between two signed ones may not be; MACs chain. Nothing of
 * a stream counts before `end` gave null. After a failure every further message fails.
 */
export class TsigStreamVerifier {
  readonly #key: TsigKey;
  readonly #requestMac: Uint8Array;
  readonly #options: Omit<TsigVerifyOptions, 'nowSeconds'>;
  /** The MAC that is being computed since the last signed message; null before the first. */
  #running: Hmac | null = null;
  #unsigned = 0;
  #failed: TsigFailure | null = null;

  constructor(key: TsigKey, requestMac: Uint8Array, options: Omit<TsigVerifyOptions, 'nowSeconds'> = {}) {
    this.#key = key;
    this.#requestMac = requestMac;
    this.#options = options;
  }

  /** Takes the next message of the stream; `nowSeconds` since 1970. */
  feed(octets: Uint8Array, nowSeconds: number): TsigStreamVerdict {
    if (this.#failed !== null) return this.#failed;
    const verdict =
      this.#running === null ? this.#first(octets, nowSeconds) : this.#later(octets, nowSeconds);
    if (verdict.kind === 'failed') this.#failed = verdict;
    return verdict;
  }

  /** Says that the stream is over: null when its last message was signed and all signatures hold. */
  end(): TsigFailure | null {
    if (this.#failed !== null) return this.#failed;
    if (this.#running === null) return malformed('the stream has no message');
    return this.#unsigned === 0 ? null : malformed('the last message of the stream is not signed');
  }

  #first(octets: Uint8Array, nowSeconds: number): TsigStreamVerdict {
    const verdict = verifyTsigResponse(octets, this.#key, this.#requestMac, { ...this.#options, nowSeconds });
    if (verdict.kind === 'unsigned') return malformed('the first message of the stream is not signed');
    if (verdict.kind === 'verified') this.#running = beginMac(this.#key, verdict.mac);
    return verdict;
  }

  #later(octets: Uint8Array, nowSeconds: number): TsigStreamVerdict {
    const found = trySplitTsig(octets);
    if ('problem' in found) return malformed(found.problem);
    if (found.split !== null) return this.#signed(found.split, nowSeconds);
    this.#unsigned += 1;
    if (this.#unsigned > maxUnsignedBetween) {
      return malformed(`more than ${maxUnsignedBetween} messages without a signature in a row`);
    }
    this.#running?.update(octets);
    return { kind: 'pending', message: octets };
  }

  #signed({ record, unsigned }: SplitMessage, nowSeconds: number): TsigStreamVerdict {
    const key = keyOf(record.owner, record.algorithm, [this.#key]);
    if (key === null || this.#running === null) {
      return failure(
        'BADKEY',
        `the stream began with the key ${this.#key.name}, not ${record.owner}`,
        record,
        null,
      );
    }
    // The MAC of a later message does not cover these two fields (section 5.3.1): nobody may be believed about them.
    if (record.error !== 'NOERROR' || record.other.length > 0) {
      return malformed(`an error ${record.error} in the middle of the stream, which no MAC covers`);
    }
    const whole = this.#running.update(unsigned).update(tsigTimers(record)).digest();
    const fault =
      macFault(record, key) ??
      judgeMac(record, key, whole) ??
      judgePolicy(record, key, { ...this.#options, nowSeconds });
    if (fault !== null) return fault;
    this.#running = beginMac(key, record.mac);
    this.#unsigned = 0;
    return verified(record, key, unsigned);
  }
}

/** Signs the messages of one response of several (RFC 8945 section 5.3.1): each one, or as few as the rules allow. */
export class TsigStreamSigner {
  readonly #key: TsigKey;
  readonly #requestMac: Uint8Array;
  #running: Hmac | null = null;
  #unsigned = 0;

  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key;
    this.#requestMac = requestMac;
  }

  /** The octets to send for the next message, signed. Throws ZC_USAGE or ZC_WIRE as `signTsigResponse` does. */
  sign(octets: Uint8Array, options: TsigSignOptions): Uint8Array {
    const record = unsignedRecord(octets, this.#key, options);
    const hmac = this.#running ?? beginMac(this.#key, this.#requestMac);
    const variables = this.#running === null ? tsigVariables(record) : tsigTimers(record);
    const whole = hmac.update(octets).update(variables).digest();
    const mac = new Uint8Array(whole.subarray(0, macLength(this.#key, options.macOctets)));
    this.#running = beginMac(this.#key, mac);
    this.#unsigned = 0;
    return appendTsig(octets, { ...record, mac });
  }

  /**
   * Leaves the next message unsigned and counts it into the next signature; signs it all the same when it is the first, or
   * when 99 before it went unsigned. The last message of a stream is for `sign`.
   */
  pass(octets: Uint8Array, options: TsigSignOptions): Uint8Array {
    if (this.#running === null || this.#unsigned === maxUnsignedBetween) return this.sign(octets, options);
    this.#running.update(octets);
    this.#unsigned += 1;
    return octets;
  }
}
