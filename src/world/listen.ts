import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram';
import { createServer, isIP } from 'node:net';
import { ZonecutError } from '../error.ts';
import { Batch } from './batch.ts';
import type { Respond, RespondWithMany } from './client.ts';
import { Crowd, type DropReason } from './crowd.ts';
import { openDatagramSocket, widen } from './datagram.ts';
import { octetsOf } from './framing.ts';
import {
  answersWritten,
  listening,
  once,
  type StreamListener,
  serveStream,
  streamListener,
} from './listen-stream.ts';
import { portError } from './port-error.ts';
import type { ReadyAnswers } from './ready-answers.ts';
import { type AnswerQuery, makeResponder, type Responder } from './responder.ts';
import type { Endpoint } from './world.ts';

export type { AnswerQuery } from './responder.ts';

/** Tries to find a port that is free for both protocols, when any port will do. */
const portTries = 16;

/** How a listener differs from a plain one. */
export interface ListenOptions {
  /** A TCP connection without a query is closed after this; 10 s unless given (RFC 7766 section 6.2.3). */
  readonly idleMs?: number;
  /** UDP queries under way at once, 1000 unless given; more are dropped. */
  readonly maxPending?: number;
  /** The same of one client; 1000 unless given, for clients on loopback `maxPending`. */
  readonly maxPendingPerClient?: number;
  /** Milliseconds after which an answer over UDP is not sent; 1900 unless given, for clients on loopback without end. */
  readonly maxAnswerAgeMs?: number;
  /** Is told why a query over UDP gets no answer. */
  readonly onDropped?: (why: DropReason) => void;
  /** Is told what `answer` threw. */
  readonly onFault?: (fault: unknown) => void;
  /** What is asked again over UDP is answered from there; nothing is kept ready unless given. */
  readonly ready?: ReadyAnswers | null;
}

/** A name server's ear. */
export interface DnsListener {
  /** With the port that was chosen, when 0 was asked for. */
  readonly endpoint: Endpoint;
  /** Takes no further query, answers those under way, and closes; the caller bounds how long that may take. */
  drain(): Promise<void>;
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
  const { atOnce, respond, drained } = makeResponder(answer, options);
  return await listenOnBoth(at, { atOnce, udp: respond, tcp: respond }, drained, options);
}

/**
 * Listens over UDP and TCP for what `respond` reads and signs itself; its first message answers over UDP. Rejects with
 * ZC_PORT.
 */
export async function listenOctets(
  at: Endpoint,
  respond: RespondWithMany,
  options: ListenOptions = {},
): Promise<DnsListener> {
  const first: Respond = async (octets, from) => {
    const answer = await respond(octets, from);
    return answer === null || answer instanceof Uint8Array ? answer : (answer.messages[0] ?? null);
  };
  return await listenOnBoth(
    at,
    { atOnce: () => null, udp: first, tcp: respond },
    () => Promise.resolve(),
    options,
  );
}

/** How queries over UDP are answered. */
interface Answering {
  readonly atOnce: Responder['atOnce'];
  readonly udp: Respond;
}

async function listenOnBoth(
  at: Endpoint,
  respond: Answering & { readonly tcp: RespondWithMany },
  drained: () => Promise<void>,
  options: ListenOptions,
): Promise<DnsListener> {
  if (isIP(at.address) === 0) {
    throw new ZonecutError('ZC_PORT', `name servers listen on IP addresses, found ${at.address}`);
  }
  for (let tries = 1; ; tries += 1) {
    const udp = await openUdp(at, respond, options);
    const endpoint = { address: at.address, port: udp.address().port };
    try {
      const tcp = await openTcp(endpoint, respond.tcp, options);
      const close = once(() => Promise.all([closeUdp(udp), tcp.close()]));
      const drain = async (): Promise<void> => {
        await drained();
        await answersWritten();
        await tcp.finish();
        await close();
      };
      return { endpoint, drain, close };
    } catch (error) {
      await closeUdp(udp);
      if (at.port !== 0 || tries === portTries) {
        throw error;
      }
    }
  }
}

function openUdp(at: Endpoint, respond: Answering, options: ListenOptions): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = openDatagramSocket(at.address);
    const crowd = new Crowd(options);
    const { onDropped = () => {} } = options;
    const answers = new Batch<Answer>(({ octets, to }) => sendQuietly(socket, octets, to));
    socket.once('error', error => {
      socket.close();
      reject(portError(error, at, 'UDP'));
    });
    socket.on('message', (octets, from: RemoteInfo) => {
      const ready = respond.atOnce(octets);
      if (ready !== null) {
        answers.add({ octets: ready, to: from });
        return;
      }
      const { address, port } = from;
      if (!crowd.enter(address)) {
        onDropped('crowded');
        return;
      }
      const receivedAt = performance.now();
      void respond.udp(octetsOf(octets), { address, port, protocol: 'udp' }).then(response => {
        crowd.leave(address);
        if (response !== null && crowd.isLate(address, performance.now() - receivedAt)) {
          onDropped('late');
        } else if (response !== null) {
          answers.add({ octets: response, to: from });
        }
      });
    });
    socket.bind({ address: at.address, port: at.port, exclusive: true }, () => {
      widen(socket);
      socket.removeAllListeners('error');
      // A client that is gone makes the kernel report an error on the next receipt: nothing is wrong with the listener.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** An answer and whom it is for. */
interface Answer {
  readonly octets: Uint8Array;
  readonly to: RemoteInfo;
}

/** The socket may be closed while an answer is computed, and the client's port may be gone. */
function sendQuietly(socket: UdpSocket, octets: Uint8Array, to: RemoteInfo): void {
  try {
    socket.send(octets, to.port, to.address);
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
  respond: RespondWithMany,
  options: ListenOptions,
): Promise<StreamListener> {
  const stream = serveStream(respond, 'tcp', options.idleMs);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => stream.serve(socket));
  await listening(server, at);
  return streamListener(server, stream, at);
}
