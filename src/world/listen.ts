import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram';
import { createServer, isIP, type Server } from 'node:net';
import type { Message } from '../dns/message.ts';
import { makeResponse } from '../dns/message.ts';
import { decodeMessage, encodeMessage } from '../dns/wire.ts';
import { ZonecutError } from '../error.ts';
import type { Client, Respond } from './client.ts';
import { openDatagramSocket } from './datagram.ts';
import { octetsOf } from './framing.ts';
import { serveStream } from './listen-stream.ts';
import { portError } from './port-error.ts';
import type { Endpoint, Protocol } from './world.ts';

/** UDP responses are no larger than this, in octets, whatever the client takes: no fragments (RFC 9715). */
const maxUdpOctets = 1232;
/** UDP responses without EDNS (RFC 1035 section 4.2.1). */
const plainUdpOctets = 512;
/** Queries under way on one listener; UDP queries above that are dropped. */
const maxPending = 1_000;
/** Tries to find a port that is free for both protocols, when any port will do. */
const portTries = 16;

/** Answers a query; null answers nothing. What it throws becomes SERVFAIL. */
export type AnswerQuery = (query: Message, from: Client) => Promise<Message | null> | Message | null;

/** How a listener differs from a plain one. */
export interface ListenOptions {
  /** A TCP connection without a query is closed after this; 10 s unless given (RFC 7766 section 6.2.3). */
  readonly idleMs?: number;
  /** Is told what `answer` threw. */
  readonly onFault?: (fault: unknown) => void;
}

/** A name server's ear. */
export interface DnsListener {
  /** With the port that was chosen, when 0 was asked for. */
  readonly endpoint: Endpoint;
  /** Stops listening and ends every connection; resolves when no handle is left. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Listens for DNS queries over UDP and TCP on one address and port.
 *
 * Port 0 takes any port that is free for both. Responses over UDP are truncated to what the client takes (RFC 6891
 * section 6.2.3), 1232 octets at most and 512 without EDNS. What is no message is answered with FORMERR or, when its
 * opcode is unknown, NOTIMP; responses are never answered (RFC 8906 section 3). Rejects with ZC_PORT.
 */
export async function listenDns(
  at: Endpoint,
  answer: AnswerQuery,
  options: ListenOptions = {},
): Promise<DnsListener> {
  if (isIP(at.address) === 0) {
    throw new ZonecutError('ZC_PORT', `name servers listen on IP addresses, found ${at.address}`);
  }
  const respond = responder(answer, options.onFault ?? (() => {}));
  for (let tries = 1; ; tries += 1) {
    const udp = await openUdp(at, respond);
    const endpoint = { address: at.address, port: udp.address().port };
    try {
      const tcp = await openTcp(endpoint, respond, options);
      return { endpoint, close: once(() => Promise.all([closeUdp(udp), tcp.close()])) };
    } catch (error) {
      await closeUdp(udp);
      if (at.port !== 0 || tries === portTries) {
        throw error;
      }
    }
  }
}

function responder(answer: AnswerQuery, onFault: (fault: unknown) => void): Respond {
  return async (octets, from) => {
    const query = readQuery(octets);
    if (query === null) {
      return null;
    }
    if ('error' in query) {
      return query.error;
    }
    try {
      const response = await answer(query, from);
      return response === null ? null : encodeMessage(response, { maxOctets: sizeFor(query, from.protocol) });
    } catch (fault) {
      onFault(fault);
      return encodeMessage(makeResponse(query, 'SERVFAIL'));
    }
  };
}

function readQuery(octets: Uint8Array): Message | { readonly error: Uint8Array } | null {
  const flags = octets[2];
  if (octets.length < 12 || flags === undefined || flags >= 0x80) {
    return null;
  }
  try {
    return decodeMessage(octets);
  } catch {
    return { error: headerOnly(octets, flags) };
  }
}

/** A response of a header alone: ID, opcode and RD of the query, and NOTIMP (4) for other opcodes than QUERY, else FORMERR (1). */
function headerOnly(octets: Uint8Array, flags: number): Uint8Array {
  const response = new Uint8Array(12);
  response.set(octets.subarray(0, 2));
  response[2] = 0x80 | (flags & 0x79);
  response[3] = (flags & 0x78) === 0 ? 1 : 4;
  return response;
}

function sizeFor(query: Message, protocol: Protocol): number {
  if (protocol === 'tcp') {
    return 65535;
  }
  const wanted = query.edns?.udpSize ?? plainUdpOctets;
  return Math.min(Math.max(wanted, plainUdpOctets), maxUdpOctets);
}

function openUdp(at: Endpoint, respond: Respond): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = openDatagramSocket(at.address);
    let pending = 0;
    socket.once('error', error => {
      socket.close();
      reject(portError(error, at, 'UDP'));
    });
    socket.on('message', (octets, from: RemoteInfo) => {
      if (pending >= maxPending) {
        return;
      }
      pending += 1;
      void respond(octetsOf(octets), { address: from.address, port: from.port, protocol: 'udp' }).then(
        response => {
          pending -= 1;
          if (response !== null) {
            sendQuietly(socket, response, from);
          }
        },
      );
    });
    socket.bind({ address: at.address, port: at.port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      // A client that is gone makes the kernel report an error on the next receipt: nothing is wrong with the listener.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** The socket may be closed while an answer is computed, and the client's port may be gone. */
function sendQuietly(socket: UdpSocket, octets: Uint8Array, to: RemoteInfo): void {
  try {
    socket.send(octets, to.port, to.address, () => {});
  } catch {
    // Nobody waits for it any more.
  }
}

function closeUdp(socket: UdpSocket): Promise<void> {
  return new Promise(resolve => {
    socket.close(() => resolve());
  });
}

async function openTcp(
  at: Endpoint,
  respond: Respond,
  options: ListenOptions,
): Promise<{ close(): Promise<void> }> {
  const stream = serveStream(respond, options.idleMs);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => stream.serve(socket));
  server.maxConnections = stream.maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(portError(error, at, 'TCP')));
    server.listen({ host: at.address, port: at.port, exclusive: true }, resolve);
  });
  server.removeAllListeners('error');
  server.on('error', () => {});
  return {
    close: async () => {
      const closed = closeServer(server);
      stream.end();
      await closed;
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
  });
}

function once(close: () => Promise<unknown>): () => Promise<void> {
  let closing: Promise<unknown> | null = null;
  return async () => {
    closing ??= close();
    await closing;
  };
}
