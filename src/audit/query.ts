import { typeMnemonic } from '../dns/iana.ts';
import { type Message, makeQuery } from '../dns/message.ts';
import { nameFromOctets } from '../dns/name.ts';
import type { Server } from './servers.ts';

/** Octets of a header, the least that a message has. */
export const headerOctets = 12;
/** TYPE and CLASS of the question, and an OPT record without options. */
const tailOctets = 4 + 11;
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

/** One query under way; one of these takes one after the other. */
export class Query implements Answer {
  asker: Asker | null = null;
  tag = 0;
  server: Server;
  /** The message, and room for any. */
  readonly message: Buffer = Buffer.alloc(headerOctets + 255 + tailOctets);
  sent: Uint8Array = this.message;
  length = 0;
  /** Number of the port and ID together, or the ID over a stream; negative when there is none. */
  key = -1;
  tries = 0;
  /** The tick at which the try is over. */
  dueTick = 0;
  isFresh = false;
  octets: Uint8Array | null = null;
  isFallback = false;

  constructor(server: Server) {
    this.server = server;
  }
}

/** Whether `octets`, with the ID of `query`, can be a response to it: the same question, or none where RFC 8906 lets it out. */
export function answers(octets: Uint8Array, query: Query): boolean {
  // QR set and opcode QUERY.
  if (((octets[2] ?? 0) & 0xf8) !== 0x80) return false;
  const questions = ((octets[4] ?? 0) << 8) | (octets[5] ?? 0);
  if (questions === 0) return withoutQuestion.has((octets[3] ?? 0) & 15);
  const end = query.length - 11;
  if (questions !== 1 || octets.length < end) return false;
  const { message } = query;
  for (let at = headerOctets; at < end; at += 1) {
    if (octets[at] !== message[at]) return false;
  }
  return true;
}

/** Writes the message of `query`, all but its ID: `type` at the name in the first `length` octets of `name`. */
export function write(query: Query, name: Uint8Array, length: number, type: number, dnssecOk: boolean): void {
  const { message } = query;
  message.fill(0, 2, headerOctets);
  message[5] = 1;
  message[11] = 1;
  message.set(length === name.length ? name : name.subarray(0, length), headerOctets);
  let at = headerOctets + length;
  message[at] = type >> 8;
  message[at + 1] = type;
  message[at + 2] = 0;
  message[at + 3] = 1;
  at += 4;
  message.fill(0, at, at + 11);
  message[at + 2] = 41;
  message[at + 3] = ednsOctets >> 8;
  message[at + 4] = ednsOctets & 255;
  if (dnssecOk) message[at + 7] = 0x80;
  query.length = at + 11;
  query.sent = message.subarray(0, query.length);
}

/** The query as a value. */
export function messageOf(query: Query): Message {
  const { message, length } = query;
  const end = length - tailOctets;
  const name = nameFromOctets(message.subarray(headerOctets, end));
  const type = typeMnemonic(((message[end] ?? 0) << 8) | (message[end + 1] ?? 0));
  const dnssecOk = message[end + 4 + 7] === 0x80;
  return makeQuery(name, type, { udpSize: ednsOctets, dnssecOk });
}
