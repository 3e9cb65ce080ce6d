import type { Name } from '../../src/dns/name.ts';
import type { RRType } from '../../src/dns/rrset.ts';

/** For whom a scenario was written: the two resolvers treat ranges, EDNS and unknown queries in ways of their own. */
export type Flavour = 'unbound' | 'deckard';

/** A record of an entry; its data may be too long or too short for its type on purpose. */
export interface ScriptedRecord {
  /** As written, absolute: its letters may be capitals. */
  readonly owner: string;
  readonly type: RRType;
  readonly class: string;
  readonly ttl: number;
  readonly octets: Uint8Array;
}

/** The sections of one packet. */
export interface ScriptedSections {
  readonly answer: readonly ScriptedRecord[];
  readonly authority: readonly ScriptedRecord[];
  readonly additional: readonly ScriptedRecord[];
}

/** What stands between ENTRY_BEGIN and ENTRY_END: a query, an answer to give, or an answer that is expected. */
export interface Entry {
  readonly line: number;
  /** The words of MATCH, in lower case. */
  readonly match: ReadonlySet<string>;
  /** The words of ADJUST, in lower case. */
  readonly adjust: ReadonlySet<string>;
  /** Milliseconds. */
  readonly sleepMs: number;
  /** The flags of REPLY: `QR AA TC RD RA AD CD DO`. */
  readonly flags: ReadonlySet<string>;
  readonly opcode: string;
  readonly rcode: string;
  readonly question: {
    readonly name: Name;
    readonly spelling: string;
    readonly type: RRType;
    readonly class: string;
  } | null;
  readonly sections: ScriptedSections;
  /** HEX_ANSWER or RAW: the octets of the packet itself. */
  readonly raw: Uint8Array | null;
  /** HEX_EDNSDATA: the options of the OPT record. */
  readonly ednsData: Uint8Array | null;
}

/** Answers that servers at some addresses give while the step is one of `from` to `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** None: every address. */
  readonly addresses: readonly string[];
  readonly entries: readonly Entry[];
}

/** One step of a scenario. */
export interface Step {
  readonly line: number;
  readonly id: number;
  readonly kind: string;
  /** What follows the kind on its line. */
  readonly args: readonly string[];
  readonly entry: Entry | null;
}

/** One `key: value` of the configuration; a key without value opens a section. */
export interface Setting {
  readonly key: string;
  readonly value: string;
}

/** A scenario file. */
export interface Scenario {
  readonly flavour: Flavour;
  readonly title: string;
  readonly settings: readonly Setting[];
  readonly ranges: readonly Range[];
  readonly steps: readonly Step[];
}
