import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';

/** The lowest port that a query is sent from; those below are the system's (RFC 6335 section 6). */
const lowestPort = 1024;
/** Random ports that are tried until one is free; after these the system chooses. */
export const portTries = 8;

/** A UDP socket of the family of `address`; addresses are numbers, so nothing is ever looked up. */
export function openDatagramSocket(address: string): Socket {
  return createSocket({ type: isIP(address) === 6 ? 'udp6' : 'udp4', lookup: numeric });
}

/** Binds `socket` to a random port of `source`, or to one of the system's choice when `tries` is above `portTries`. */
export function bindRandomly(socket: Socket, tries: number, source: string | undefined): void {
  const port = tries > portTries ? 0 : lowestPort + randomInt(65536 - lowestPort);
  socket.bind({ port, exclusive: true, ...(source === undefined ? {} : { address: source }) });
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
