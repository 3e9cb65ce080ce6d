import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import { isIP, type Socket } from 'node:net';
import type { Message } from '../dns/message.ts';
import { decodeMessage } from '../dns/wire.ts';
import { messageOf, ZonecutError } from '../error.ts';
import { type Dialing, straight } from './dial.ts';
import { worldLimits } from './limits.ts';
import { isResponseTo } from './matching.ts';
import type { Closable } from './node.ts';
import { paddedQuery } from './padding.ts';
import { type Authentication, openTls, tlsReasonOf } from './tls-client.ts';
import { waitFor } from './waiting.ts';
import type { Endpoint, Exchange, ExchangeOptions, Transport } from './world.ts';

/** The media type of messages (RFC 8484 section 6). */
export const dnsMediaType = 'application/dns-message';

/** Where a server takes queries, as a URI template of RFC 8484 section 4.1: `https://host/dns-query{?dns}`. */
export interface DohTemplate {
  /** The host of the URI, a name or an address without brackets. */
  readonly host: string;
  /** 443 unless the URI has another. */
  readonly port: number;
  /** Host and port as they stand in the URI. */
  readonly authority: string;
  /** Path and query before the variable. */
  readonly path: string;
}

/** Reads a template; `{?dns}` may be left out. Throws ZC_USAGE for what is no https URI, and for other variables. */
export function parseDohTemplate(text: string): DohTemplate {
  const bare = text.replace(/\{[?&]dns\}$/, '');
  const url = /[{}\s]/.test(bare) || !URL.canParse(bare) ? null : new URL(bare);
  if (url === null || url.protocol !== 'https:' || url.hash !== '' || url.username !== '') {
    throw new ZonecutError('ZC_USAGE', `"${text}" is no template of DNS over HTTPS`, {
      hint: 'A template is an https URI such as https://dns.example/dns-query{?dns}.',
    });
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 443 : Number(url.port),
    authority: url.host,
    path: `${url.pathname}${url.search}`,
  };
}

/** How a server is asked over HTTPS. */
export interface DohOptions {
  readonly template: DohTemplate;
  /** `POST` unless given. `GET` can be answered by caches on the way. */
  readonly method?: 'GET' | 'POST';
  readonly authentication: Authentication;
  /** Straight to the server, from any address, unless given. */
  readonly dialing?: Partial<Dialing>;
}

/**
 * DNS over HTTPS (RFC 8484) in HTTP/2: every query goes there, whatever protocol is asked for, over one connection for
 * each address, padded (RFC 8467), with ID 0 so that caches may serve it.
 *
 * The server of an exchange says at which address and port the template's host is. TTLs are what is left of them after
 * the Age of the response. A status other than 200 is `malformed`; a server that does not show who it is gets no query.
 */
export function dohTransport(options: DohOptions): Transport & Closable {
  return new DohClient(options);
}

class DohClient implements Transport, Closable {
  readonly #options: DohOptions;
  readonly #open = new Map<string, Session>();
  #closed = false;

  constructor(options: DohOptions) {
    this.#options = options;
  }

  async exchange(query: Message, server: Endpoint, options: ExchangeOptions): Promise<Exchange> {
    if (isIP(server.address) === 0 || this.#closed) {
      return unreachable(this.#closed ? 'reset' : 'no-route');
    }
    const began = performance.now();
    const kept = this.#open.get(`${server.address} ${server.port}`);
    if (kept?.isUsable) {
      const outcome = await kept.exchange(query, options);
      if (outcome.kind !== 'unreachable' || outcome.reason !== 'reset') {
        return outcome;
      }
    }
    // A server may close a connection at the very moment that it is used again: the query goes over a new one.
    const timeoutMs = Math.max(1, Math.ceil(options.timeoutMs - (performance.now() - began)));
    const outcome = await this.#connect(server).exchange(query, { ...options, timeoutMs });
    return outcome.kind === 'timeout' ? { ...outcome, afterMs: options.timeoutMs } : outcome;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open.values()].map(session => session.close()));
  }

  #connect(server: Endpoint): Session {
    const key = `${server.address} ${server.port}`;
    const session = new Session(this.#options, server, () => {
      if (this.#open.get(key) === session) {
        this.#open.delete(key);
      }
    });
    this.#open.set(key, session);
    return session;
  }
}

/** One connection of HTTP/2, over TLS that is complete before a word of HTTP is said. */
class Session {
  readonly #options: DohOptions;
  readonly #socket: Socket;
  readonly #ready: Promise<void>;
  readonly #ended: Promise<void>;
  #session: ClientHttp2Session | null = null;
  #fault: NodeJS.ErrnoException | null = null;
  #underWay = 0;
  #over = false;

  constructor(options: DohOptions, server: Endpoint, onEnd: () => void) {
    this.#options = options;
    const { authentication } = options;
    const dialing = { ...straight, ...options.dialing };
    let ready: () => void = () => {};
    this.#ready = new Promise(resolve => {
      ready = resolve;
    });
    this.#socket = openTls(server, { authentication, dialing, alpn: 'h2' }, () => {
      this.#session = this.#begin(onEnd);
      ready();
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault ??= error;
    });
    this.#ended = new Promise(resolve => {
      this.#socket.on('close', () => {
        this.#over = true;
        onEnd();
        ready();
        resolve();
      });
    });
  }

  get isUsable(): boolean {
    return !this.#over;
  }

  exchange(query: Message, { timeoutMs, signal }: ExchangeOptions): Promise<Exchange> {
    const onTimeout = (): Exchange => ({ kind: 'timeout', afterMs: timeoutMs, protocol: 'https' });
    return waitFor<Exchange>(timeoutMs, onTimeout, signal, end => {
      let stream: ClientHttp2Stream | null = null;
      let over = false;
      this.#underWay += 1;
      this.#socket.ref();
      void this.#ready.then(() => {
        if (!over) {
          stream = this.#request({ ...query, id: 0 }, end);
        }
      });
      return () => {
        over = true;
        stream?.close(streamCancelled);
        this.#underWay -= 1;
        this.#rest();
      };
    });
  }

  async close(): Promise<void> {
    this.#over = true;
    this.#session?.destroy();
    this.#socket.destroy();
    await this.#ended;
  }

  #begin(onEnd: () => void): ClientHttp2Session {
    const session = connect(`https://${this.#options.template.authority}`, {
      createConnection: () => this.#socket,
    });
    session.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault ??= error;
    });
    session.on('goaway', () => {
      this.#over = true;
      onEnd();
    });
    session.setTimeout(worldLimits.clientIdleMs, () => {
      if (this.#underWay === 0) {
        this.#over = true;
        session.close();
      }
    });
    return session;
  }

  /** With nothing under way the connection keeps no program alive; one that is not ready is given up. */
  #rest(): void {
    if (this.#underWay > 0) {
      return;
    }
    if (this.#session === null) {
      this.#over = true;
      this.#socket.destroy();
    } else {
      this.#session.unref();
      this.#socket.unref();
    }
  }

  #request(query: Message, end: (exchange: Exchange) => void): ClientHttp2Stream | null {
    const session = this.#session;
    if (session === null || session.closed || session.destroyed) {
      end(this.#failure());
      return null;
    }
    const octets = paddedQuery(query);
    const { template, method = 'POST' } = this.#options;
    const sentAt = performance.now();
    const stream = session.request(headersFor(template, method, octets), {
      endStream: method === 'GET',
    });
    let headers: IncomingHttpHeaders = {};
    const chunks: Uint8Array[] = [];
    let length = 0;
    stream.on('response', received => {
      headers = received;
    });
    stream.on('data', (chunk: Uint8Array) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > worldLimits.maxMessageOctets) {
        end(malformed(`a body of more than ${worldLimits.maxMessageOctets} octets`));
      }
    });
    stream.on('error', () => end(this.#failure()));
    stream.on('end', () => {
      const rttMs = performance.now() - sentAt;
      end(
        headers[':status'] === undefined
          ? this.#failure()
          : outcomeOf(query, headers, Buffer.concat(chunks), rttMs),
      );
    });
    stream.on('close', () => end(this.#failure()));
    if (method === 'POST') {
      stream.end(octets);
    }
    return stream;
  }

  #failure(): Exchange {
    const reason = this.#fault === null ? 'reset' : tlsReasonOf(this.#fault);
    return reason === 'untrusted' || reason === 'proxy'
      ? unreachable(reason, messageOf(this.#fault))
      : unreachable(reason);
  }
}

/** CANCEL (RFC 9113 section 7): the answer is of no interest any more. */
const streamCancelled = 0x8;

function headersFor(
  template: DohTemplate,
  method: 'GET' | 'POST',
  octets: Uint8Array,
): Record<string, string | number> {
  const common = { ':method': method, ':authority': template.authority, accept: dnsMediaType };
  if (method === 'POST') {
    return {
      ...common,
      ':path': template.path,
      'content-type': dnsMediaType,
      'content-length': octets.length,
    };
  }
  const variable = `dns=${Buffer.from(octets).toString('base64url')}`;
  return { ...common, ':path': `${template.path}${template.path.includes('?') ? '&' : '?'}${variable}` };
}

function outcomeOf(query: Message, headers: IncomingHttpHeaders, body: Buffer, rttMs: number): Exchange {
  const status = headers[':status'];
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (status !== '200' && Number(status) !== 200) {
    return malformed(`the HTTP status ${status}, 200 has answers`);
  }
  if (type !== dnsMediaType) {
    return malformed(`a body of type ${type ?? '(none)'}, ${dnsMediaType} is expected`);
  }
  try {
    const message = decodeMessage(new Uint8Array(body));
    return isResponseTo(query, message)
      ? {
          kind: 'response',
          message: aged(message, headers.age),
          protocol: 'https',
          rttMs,
          octets: body.length,
        }
      : malformed('the message answers another question');
  } catch (error) {
    return malformed(messageOf(error));
  }
}

/** `message` with the seconds that it spent in HTTP caches taken off its TTLs (RFC 8484 section 5.1). */
function aged(message: Message, age: string | undefined): Message {
  const seconds = age !== undefined && /^\d{1,9}$/.test(age) ? Number(age) : 0;
  if (seconds === 0) {
    return message;
  }
  const older = (records: Message['answer']): Message['answer'] =>
    records.map(record => ({ ...record, ttl: Math.max(0, record.ttl - seconds) }));
  return {
    ...message,
    answer: older(message.answer),
    authority: older(message.authority),
    additional: older(message.additional),
  };
}

function malformed(problem: string): Exchange {
  return { kind: 'malformed', problem, protocol: 'https' };
}

function unreachable(
  reason: Extract<Exchange, { kind: 'unreachable' }>['reason'],
  detail?: string,
): Exchange {
  return { kind: 'unreachable', reason, protocol: 'https', ...(detail === undefined ? {} : { detail }) };
}
