import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';

/** A UDP socket of the family of `address`; addresses are numbers, so nothing is ever looked up. */
export function openDatagramSocket(address: string): Socket {
  return createSocket({ type: isIP(address) === 6 ? 'udp6' : 'udp4', lookup: numeric });
}

function numeric(
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, isIP(address));
}
