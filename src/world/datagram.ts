import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { worldLimits } from './limits.ts';

/** The lowest port that a query is sent from; those below are the system's (RFC 6335 section 6). */
const lowestPort = 1024;
/** Whether another random port may be tried after `tries` of them. */
export function mayTryAnotherPort(tries: number): boolean {
  return tries <= worldLimits.portTries;
}

/** A UDP socket of the family of `address`; addresses are numbers, so nothing is ever looked up. */
export function openDatagramSocket(address: string): Socket {
  return createSocket({ type: isIP(address) === 6 ? 'udp6' : 'udp4', lookup: numeric });
}

/** Binds `socket` to a random port of `source`, or to one of the system's choice after too many `tries`. */
export function bindRandomly(socket: Socket, tries: number, source: string | undefined): void {
  const port = !mayTryAnotherPort(tries) ? 0 : lowestPort + randomInt(65536 - lowestPort);
  socket.bind({ port, exclusive: true, ...(source === undefined ? {} : { address: source }) });
}

/** Octets that the kernel shall hold for a busy socket; what Linux has by default is full with some 280 small messages. */
const receiveOctets = 1024 * 1024;

/** Makes room for bursts in `socket`, which is bound; as much as the system lets it have. */
export function widen(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveOctets);
  } catch {
    // It works as it is, and loses more in bursts.
  }
}

/** Closes `socket` for good; an error between two closings finds the socket closed already. */
export function closeQuietly(socket: Socket): void {
  socket.removeAllListeners();
  socket.on('error', () => {});
  try {
    socket.close();
  } catch {
    // It never opened.
  }
}

function numeric(
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, isIP(address));
}
