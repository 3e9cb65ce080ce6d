import type { Name } from './name.ts';

declare const rdataBrand: unique symbol;

/**
 * The data of one record in canonical presentation form (the text of a zone file, names absolute).
 *
 * Names in it are lower case, except in types whose names count letter by letter (RFC 4034 section 6.2: SVCB, NSEC, ...).
 * Strings are in quotes, hexadecimal is lower case, and no data at all is `\\# 0`.
 *
 * Two records of one type hold the same data exactly when their Rdata are `===`. For NS, CNAME, DNAME and PTR the
 * text is a Name; for A and AAAA the canonical address (RFC 5952). Made by `parseRdata` and `rdataFromOctets` only.
 */
export type Rdata = string & { readonly [rdataBrand]: true };

/** A type's mnemonic in upper case, such as `NS`; `TYPE65280` where it has none (RFC 3597 section 5). */
export type RRType = string;

/** What the data of type `T` is. */
export type RdataOf<T extends RRType> = T extends 'NS' | 'CNAME' | 'DNAME' | 'PTR' ? Name & Rdata : Rdata;

/** All records of one owner and type, class IN (RFC 9499 section 5, "RRset"). `data` holds each value once. */
export interface RRset<T extends RRType = RRType> {
  readonly owner: Name;
  readonly type: T;
  /** Seconds, 0 to 2147483647 (RFC 2181 section 8). */
  readonly ttl: number;
  readonly data: readonly RdataOf<T>[];
}

/** One record as it stands in a message. */
export interface ResourceRecord {
  readonly owner: Name;
  readonly type: RRType;
  /** Mnemonic: `IN`, `CH`, `HS`, `NONE`, `ANY` or `CLASSn`. */
  readonly class: string;
  /** Seconds. */
  readonly ttl: number;
  readonly data: Rdata;
}
