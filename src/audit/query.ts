import { typeMnemonic } from '../dns/iana.ts';
import { type Message, makeQuery } from '../dns/message.ts';
import { nameFromOctets } from '../dns/name.ts';
import type { Server } from './servers.ts';

/** Octets of a header, the least that a message has. */
export const headerOctets = 12;
/** An OPT record without options. */
const optOctets = 11;
/** TYPE and CLASS of the question, and the OPT record. */
const tailOctets = 4 + optOctets;
/** What an answer over UDP may have (RFC 9715). */
const ednsOctets = 1232;
/** FORMERR and NOTIMP, which may come without the question (RFC 8906 section 3.1.3). */
const withoutQuestion: ReadonlySet<number> = new Set([1, 4]);

/** What came of one query. */
export interface Answer {
  readonly server: Server;
  /** The response as it came; null when the server was silent. */
  readonly octets: Uint8Array | null;
  /** Whether it came only after silence, or a truncated answer, over UDP. */
  readonly isFallback: boolean;
}

/** Who asked, and is told. */
export interface Asker {
  /** Takes what came of the query that was asked with `tag`. The octets stay as they are. */
  told(tag: number, answer: Answer): void;
}

/** A question as a message whose ID is 0, written once for all servers that are asked it; one of these takes one after the other. */
export class Question {
  /** The message, and room for any. */
  readonly message: Uint8Array = new Uint8Array(headerOctets + 255 + tailOctets);
  /** How many octets it has. */
  length = 0;

  constructor() {
    this.message[5] = 1;
    this.message[11] = 1;
  }

  /** Takes the question for `type` at `name`, without recursion; DO is set where wished. */
  write(name: Uint8Array, type: number, dnssecOk: boolean): void {
    const { message } = this;
    const { length } = name;
    for (let at = 0; at < length; at += 1) message[headerOctets + at] = name[at] ?? 0;
    const at = headerOctets + length;
    message[at] = type >> 8;
    message[at + 1] = type;
    message[at + 2] = 0;
    message[at + 3] = 1;
    // The OPT record: the root, its type, the size, flags, and no data.
    message[at + 4] = 0;
    message[at + 5] = 0;
    message[at + 6] = 41;
    message[at + 7] = ednsOctets >> 8;
    message[at + 8] = ednsOctets & 255;
    message[at + 9] = 0;
    message[at + 10] = 0;
    message[at + 11] = dnssecOk ? 0x80 : 0;
    message[at + 12] = 0;
    message[at + 13] = 0;
    message[at + 14] = 0;
    this.length = at + tailOctets;
  }

  /** The same as a value. */
  asMessage(): Message {
    const { message, length } = this;
    const end = length - tailOctets;
    const name = nameFromOctets(message.subarray(headerOctets, end));
    const type = typeMnemonic(((message[end] ?? 0) << 8) | (message[end + 1] ?? 0));
    const dnssecOk = message[end + 11] === 0x80;
    return makeQuery(name, type, { udpSize: ednsOctets, dnssecOk });
  }
}

/** One query under way; one of these takes one after the other. */
export class Query implements Answer {
  asker: Asker | null = null;
  tag = 0;
  server: Server;
  /** What is asked; it stays as it is until the query is over. */
  question: Question;
  #datagram: Uint8Array | null = null;
  /** Number of the port and ID together, or the ID over a stream; negative when there is none. */
  key = -1;
  tries = 0;
  /** The tick at which the try is over. */
  dueTick = 0;
  isFresh = false;
  octets: Uint8Array | null = null;
  isFallback = false;

  constructor(server: Server, question: Question) {
    this.server = server;
    this.question = question;
  }

  /** The message with `id`, in octets of this query's own, which stay as they are until the next. */
  datagram(id: number): Uint8Array {
    const { message, length } = this.question;
    if (this.#datagram?.length !== length) this.#datagram = new Uint8Array(length);
    const octets = this.#datagram;
    for (let at = 2; at < length; at += 1) octets[at] = message[at] ?? 0;
    octets[0] = id >> 8;
    octets[1] = id;
    return octets;
  }
}

/** Whether `octets`, with the ID of `query`, can be a response to it: the same question, or none where RFC 8906 lets it out. */
export function answers(octets: Uint8Array, query: Query): boolean {
  // QR set and opcode QUERY.
  if (((octets[2] ?? 0) & 0xf8) !== 0x80) return false;
  const questions = ((octets[4] ?? 0) << 8) | (octets[5] ?? 0);
  if (questions === 0) return withoutQuestion.has((octets[3] ?? 0) & 15);
  const { message, length } = query.question;
  const end = length - optOctets;
  if (questions !== 1 || octets.length < end) return false;
  for (let at = headerOctets; at < end; at += 1) {
    if (octets[at] !== message[at]) return false;
  }
  return true;
}
