import { ZonecutError } from '../error.ts';
import type { Message, Rcode } from './message.ts';
import { isAtOrBelow, type Name } from './name.ts';
import { soaOf } from './rdata.ts';
import { groupRecords, type ResourceRecord, type RRset, recordsOf } from './rrset.ts';
import { compareSerials } from './serial.ts';
import { makeZone, type Zone } from './zone.ts';

/** Messages that one transfer may take. */
export const maxTransferMessages = 100_000;

/** Records that one transfer may carry, those to delete included. */
export const maxTransferRecords = 2_000_000;

/** What is asked for: the zone, or what changed in it since `serial`, which is the one at hand. */
export type TransferRequest =
  | { readonly kind: 'axfr'; readonly apex: Name }
  | { readonly kind: 'ixfr'; readonly apex: Name; readonly serial: number };

/** The limits of one transfer; the constants of this file unless given. */
export interface TransferLimits {
  readonly maxMessages?: number;
  readonly maxRecords?: number;
}

/** One step from a version of the zone to the next (RFC 1995 section 4); the SOA records are in `removed` and `added` too. */
export interface ZoneDifference {
  readonly fromSerial: number;
  readonly toSerial: number;
  readonly removed: readonly ResourceRecord[];
  readonly added: readonly ResourceRecord[];
}

/** What a transfer brought. */
export type Transfer =
  /** All of the zone; the answer to IXFR may be that too. `outside` counts records that were left out: not below the apex. */
  | {
      readonly kind: 'zone';
      readonly apex: Name;
      readonly serial: number;
      readonly rrsets: readonly RRset[];
      readonly outside: number;
    }
  /** Steps from the serial at hand to the newest, one at least, in order. */
  | {
      readonly kind: 'differences';
      readonly apex: Name;
      readonly serial: number;
      readonly differences: readonly ZoneDifference[];
    }
  /** The server has nothing newer than what is at hand; `serial` is its own. */
  | { readonly kind: 'current'; readonly apex: Name; readonly serial: number }
  /** The answer over UDP had no room: ask again over TCP (RFC 1995 section 2). */
  | { readonly kind: 'ask-over-tcp'; readonly apex: Name; readonly serial: number };

/** Why a transfer failed. */
export type TransferFault =
  /** The server answered with an error; see `rcode`. */
  | 'rcode'
  /** The stream ended before the closing SOA. */
  | 'truncated'
  /** A message is no part of the answer to the request. */
  | 'message'
  /** The records do not begin, go on or end as RFC 5936 section 2.2 or RFC 1995 section 4 say. */
  | 'framing'
  | 'limit';

/** Where a transfer stands after a message. */
export type TransferStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'done'; readonly transfer: Transfer }
  | {
      readonly kind: 'failed';
      readonly fault: TransferFault;
      /** A sentence that says what was found. */
      readonly problem: string;
      /** With the fault `rcode`, null otherwise. */
      readonly rcode: Rcode | null;
    };

type Failed = Extract<TransferStep, { readonly kind: 'failed' }>;

/** What the records mean that come next. */
type Mode = 'opening' | 'second' | 'zone' | 'removing' | 'adding' | 'closed';

/**
 * Reads the messages of an AXFR (RFC 5936) or IXFR (RFC 1995), fed one by one, without any I/O.
 *
 * An answer to IXFR that holds the whole zone is taken as that. Nothing counts before a step is `done`; after `done` or
 * `failed` the same step comes back for ever. Signatures (TSIG) are for `TsigStreamVerifier`, before the messages get here.
 */
export class TransferReader {
  readonly #request: TransferRequest;
  readonly #maxMessages: number;
  readonly #maxRecords: number;
  #mode: Mode = 'opening';
  #messages = 0;
  #count = 0;
  #outside = 0;
  #id = 0;
  /** The serial of the opening SOA: the newest. */
  #serial = 0;
  #opening: ResourceRecord | null = null;
  readonly #records: ResourceRecord[] = [];
  readonly #differences: {
    fromSerial: number;
    toSerial: number;
    removed: ResourceRecord[];
    added: ResourceRecord[];
  }[] = [];
  #over: TransferStep | null = null;

  constructor(request: TransferRequest, limits: TransferLimits = {}) {
    this.#request = request;
    this.#maxMessages = limits.maxMessages ?? maxTransferMessages;
    this.#maxRecords = limits.maxRecords ?? maxTransferRecords;
  }

  /** Takes the next message of the answer. */
  feed(message: Message): TransferStep {
    if (this.#over !== null) return this.#over;
    const step = this.#faultOf(message) ?? this.#feedRecords(message.answer);
    if (step.kind !== 'more') this.#over = step;
    return step;
  }

  /**
   * Says that nothing more will come: the connection was closed, or the one datagram of UDP was fed.
   *
   * A lone SOA that is newer than what is at hand means `ask-over-tcp`; otherwise a transfer that is not done is truncated.
   */
  end(): TransferStep {
    if (this.#over !== null) return this.#over;
    const { apex } = this.#request;
    this.#over =
      this.#mode === 'second' && this.#request.kind === 'ixfr' && this.#messages === 1
        ? { kind: 'done', transfer: { kind: 'ask-over-tcp', apex, serial: this.#serial } }
        : failed('truncated', `the stream ended after ${this.#count} records, before the closing SOA`);
    return this.#over;
  }

  /** What keeps a message from being part of the answer (RFC 5936 section 2.2). */
  #faultOf(message: Message): Failed | null {
    this.#messages += 1;
    if (this.#messages > this.#maxMessages) return failed('limit', `more than ${this.#maxMessages} messages`);
    if (!message.response || message.opcode !== 'QUERY') {
      return failed('message', `a message that is no response to a query: ${message.opcode}`);
    }
    if (this.#messages === 1) this.#id = message.id;
    else if (message.id !== this.#id) return failed('message', `the ID ${message.id} after ${this.#id}`);
    if (message.rcode !== 'NOERROR') {
      const problem = `the server answered ${message.rcode}`;
      return { kind: 'failed', fault: 'rcode', problem, rcode: message.rcode };
    }
    if (message.truncated) return failed('truncated', 'a message has TC set');
    const [question, ...more] = message.questions;
    const { apex, kind } = this.#request;
    if (question === undefined) return null;
    return question.name === apex && question.type === kind.toUpperCase() && more.length === 0
      ? null
      : failed('message', `a response to a question for ${question.name} ${question.type}`);
  }

  #feedRecords(records: readonly ResourceRecord[]): TransferStep {
    this.#count += records.length;
    if (this.#count > this.#maxRecords) return failed('limit', `more than ${this.#maxRecords} records`);
    for (const record of records) {
      if (this.#mode === 'closed')
        return failed('framing', `${record.owner} ${record.type} after the closing SOA`);
      if (record.class !== 'IN') return failed('framing', `a record of class ${record.class}`);
      const fault = this.#take(record);
      if (fault !== null) return fault;
    }
    if (this.#mode === 'closed') return { kind: 'done', transfer: this.#transfer() };
    if (this.#mode === 'second' && this.#isCurrent()) {
      return { kind: 'done', transfer: { kind: 'current', apex: this.#request.apex, serial: this.#serial } };
    }
    return { kind: 'more' };
  }

  /** Whether the opening SOA alone says that nothing is newer than what is at hand. */
  #isCurrent(): boolean {
    return this.#request.kind === 'ixfr' && !(compareSerials(this.#serial, this.#request.serial) > 0);
  }

  #take(record: ResourceRecord): Failed | null {
    const serial = this.#serialOf(record);
    switch (this.#mode) {
      case 'opening':
        if (serial === null) {
          return failed(
            'framing',
            `the first record is ${record.owner} ${record.type}, not the SOA of the zone`,
          );
        }
        this.#serial = serial;
        this.#opening = record;
        this.#mode = 'second';
        return null;
      case 'second':
        return this.#takeSecond(record, serial);
      case 'zone':
        return this.#takeOfZone(record, serial);
      case 'removing':
      case 'adding':
        return this.#takeOfDifference(record, serial);
      case 'closed':
        return null;
    }
  }

  /** The serial of a SOA at the apex, null for any other record. */
  #serialOf(record: ResourceRecord): number | null {
    return record.type === 'SOA' && record.owner === this.#request.apex ? soaOf(record.data).serial : null;
  }

  /** The second record tells differences from a whole zone (RFC 1995 section 4). */
  #takeSecond(record: ResourceRecord, serial: number | null): Failed | null {
    if (this.#request.kind === 'ixfr' && serial !== null && serial !== this.#serial) {
      if (serial !== this.#request.serial) {
        return failed('framing', `differences from serial ${serial}, ${this.#request.serial} is at hand`);
      }
      return this.#openDifference(record, serial);
    }
    if (this.#opening !== null) this.#records.push(this.#opening);
    this.#mode = 'zone';
    return this.#takeOfZone(record, serial);
  }

  #takeOfZone(record: ResourceRecord, serial: number | null): Failed | null {
    if (serial === null) {
      if (isAtOrBelow(record.owner, this.#request.apex)) this.#records.push(record);
      else this.#outside += 1;
      return null;
    }
    if (serial !== this.#serial) {
      return failed('framing', `the closing SOA has serial ${serial}, the opening one ${this.#serial}`);
    }
    this.#mode = 'closed';
    return null;
  }

  #openDifference(record: ResourceRecord, serial: number): null {
    this.#differences.push({ fromSerial: serial, toSerial: serial, removed: [record], added: [] });
    this.#mode = 'removing';
    return null;
  }

  #takeOfDifference(record: ResourceRecord, serial: number | null): Failed | null {
    const difference = this.#differences.at(-1);
    if (difference === undefined) return failed('framing', 'a record before the first difference');
    if (serial === null) {
      if (!isAtOrBelow(record.owner, this.#request.apex)) {
        return failed('framing', `${record.owner} is not in the zone ${this.#request.apex}`);
      }
      (this.#mode === 'removing' ? difference.removed : difference.added).push(record);
      return null;
    }
    if (this.#mode === 'removing') {
      if (!(compareSerials(serial, difference.fromSerial) > 0)) {
        return failed('framing', `a difference from serial ${difference.fromSerial} to ${serial}`);
      }
      difference.toSerial = serial;
      difference.added.push(record);
      this.#mode = 'adding';
      return null;
    }
    if (serial !== difference.toSerial) {
      return failed('framing', `serial ${serial} follows a difference to ${difference.toSerial}`);
    }
    if (serial !== this.#serial) return this.#openDifference(record, serial);
    this.#mode = 'closed';
    return null;
  }

  #transfer(): Transfer {
    const { apex } = this.#request;
    const serial = this.#serial;
    return this.#differences.length > 0
      ? { kind: 'differences', apex, serial, differences: this.#differences }
      : { kind: 'zone', apex, serial, rrsets: groupRecords(this.#records), outside: this.#outside };
  }
}

function failed(fault: TransferFault, problem: string): Failed {
  return { kind: 'failed', fault, problem, rcode: null };
}

/**
 * The zone after `differences`, applied in order to `zone` (RFC 1995 section 4).
 *
 * Throws ZC_ZONE when a difference does not begin at the zone's serial, removes a record that is not there or adds one that
 * is, or when the outcome is no zone: the copy at hand is then not the server's, and only AXFR helps.
 */
export function applyDifferences(zone: Zone, differences: readonly ZoneDifference[]): Zone {
  const records = new Map<string, ResourceRecord>();
  for (const record of zone.rrsets.flatMap(recordsOf)) records.set(keyOf(record), record);
  for (const { removed, added } of differences) {
    for (const record of removed) {
      if (!records.delete(keyOf(record))) {
        throw mismatch(zone, `${record.owner} ${record.type} ${record.data} is to be removed and not there`);
      }
    }
    for (const record of added) {
      if (records.has(keyOf(record))) {
        throw mismatch(
          zone,
          `${record.owner} ${record.type} ${record.data} is to be added and already there`,
        );
      }
      records.set(keyOf(record), record);
    }
  }
  return makeZone(zone.apex, groupRecords([...records.values()]));
}

function keyOf(record: ResourceRecord): string {
  return `${record.owner} ${record.type} ${record.data}`;
}

function mismatch(zone: Zone, sentence: string): ZonecutError {
  return new ZonecutError('ZC_ZONE', `the differences do not fit the zone ${zone.apex}: ${sentence}`, {
    hint: 'Transfer the whole zone with AXFR.',
  });
}
