import type { Name } from './name.ts';
import type { ResourceRecord, RRType } from './record.ts';

/** A response code (RFC 1035 section 4.1.1, RFC 2136, RFC 6891) as its mnemonic; `RCODEn` where it has none. */
export type Rcode = string;

/** What kind of request a message is; `OPCODEn` where it has no mnemonic. */
export type Opcode = string;

/** What a message asks. */
export interface Question {
  readonly name: Name;
  readonly type: RRType;
  /** `IN` nearly always. */
  readonly class: string;
  /**
   * The name with its letters as they were sent, in presentation form; absent when they are as in `name`.
   * A server echoes it, a client that mixes case (0x20) compares it.
   */
  readonly spelling?: string;
}

/** One option of EDNS (RFC 6891 section 6.1.2). */
export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** The OPT pseudo-record (RFC 6891). */
export interface Edns {
  /** The largest UDP payload that the sender takes, in octets. */
  readonly udpSize: number;
  readonly version: number;
  /** DNSSEC OK (RFC 3225). */
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

/** A DNS message (RFC 1035 section 4), its OPT record and the upper bits of the RCODE folded into `edns` and `rcode`. */
export interface Message {
  /** 0 to 65535. */
  readonly id: number;
  readonly response: boolean;
  readonly opcode: Opcode;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
  readonly rcode: Rcode;
  readonly questions: readonly Question[];
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without the OPT record. */
  readonly additional: readonly ResourceRecord[];
  readonly edns: Edns | null;
}

/** How `makeQuery` differs from a plain iterative query with EDNS. */
export interface QueryOptions {
  readonly id?: number;
  readonly recursionDesired?: boolean;
  readonly checkingDisabled?: boolean;
  readonly dnssecOk?: boolean;
  /** Octets; 1232 unless given (RFC 9715). `null` sends no OPT record. */
  readonly udpSize?: number | null;
  /** See `Question.spelling`. */
  readonly spelling?: string | undefined;
}

/** A query for `name` and `type` in class IN; ID 0 unless given, RD clear, EDNS with 1232 octets. */
export function makeQuery(name: Name, type: RRType, options: QueryOptions = {}): Message {
  const udpSize = options.udpSize === undefined ? 1232 : options.udpSize;
  const question: Question =
    options.spelling === undefined
      ? { name, type, class: 'IN' }
      : { name, type, class: 'IN', spelling: options.spelling };
  return {
    id: options.id ?? 0,
    response: false,
    opcode: 'QUERY',
    authoritative: false,
    truncated: false,
    recursionDesired: options.recursionDesired ?? false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: options.checkingDisabled ?? false,
    rcode: 'NOERROR',
    questions: [question],
    answer: [],
    authority: [],
    additional: [],
    edns: udpSize === null ? null : { udpSize, version: 0, dnssecOk: options.dnssecOk ?? false, options: [] },
  };
}

/** An empty response to `query`: its ID, opcode, questions, RD and CD, and the EDNS of a server when the query had EDNS. */
export function makeResponse(query: Message, rcode: Rcode = 'NOERROR'): Message {
  return {
    ...query,
    response: true,
    authoritative: false,
    truncated: false,
    recursionAvailable: false,
    authenticData: false,
    rcode,
    answer: [],
    authority: [],
    additional: [],
    edns:
      query.edns === null ? null : { udpSize: 1232, version: 0, dnssecOk: query.edns.dnssecOk, options: [] },
  };
}
