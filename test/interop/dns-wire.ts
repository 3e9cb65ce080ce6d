import { createSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';

const timeoutMs = 30_000;

/** Sends octets in one datagram and gives the first that comes back; rejects after 30 s. */
export function askUdp(octets: Uint8Array, address: string, port: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => done(new Error('no response over UDP')), timeoutMs);
    const done = (outcome: Uint8Array | Error): void => {
      clearTimeout(timer);
      socket.close();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    socket.once('error', done);
    socket.once('message', message => done(new Uint8Array(message)));
    socket.send(octets, port, address);
  });
}

/** Sends octets over TCP and hands each message of the answer to `take` until that says it is enough; rejects after 30 s. */
export function askTcp(
  octets: Uint8Array,
  address: string,
  port: number,
  take: (message: Uint8Array) => 'more' | 'enough',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address, () => socket.write(framed(octets)));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no response over TCP')));
    eachMessage(socket, message => {
      if (take(message) === 'more') return;
      socket.end();
      resolve();
    });
    socket.once('error', reject);
    socket.once('end', () => reject(new Error('the connection was closed before the answer was complete')));
  });
}

/** A message with its length before it (RFC 1035 section 4.2.2). */
export function framed(octets: Uint8Array): Uint8Array {
  return Uint8Array.from([octets.length >> 8, octets.length & 255, ...octets]);
}

function eachMessage(socket: Socket, take: (message: Uint8Array) => void): void {
  let held = Buffer.alloc(0);
  socket.on('data', chunk => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const length = held.readUInt16BE(0);
      const message = new Uint8Array(held.subarray(2, 2 + length));
      held = held.subarray(2 + length);
      take(message);
    }
  });
}

/** A server that answers each request with messages as octets, over UDP with the first of them. */
export interface OctetServer {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves at a free port of 127.0.0.1, over UDP and TCP. */
export async function serveOctets(
  answer: (request: Uint8Array, protocol: 'udp' | 'tcp') => readonly Uint8Array[],
): Promise<OctetServer> {
  const address = '127.0.0.1';
  const udp = createSocket('udp4');
  await new Promise<void>(resolve => udp.bind(0, address, resolve));
  const { port } = udp.address();
  udp.on('message', (request, from) => {
    const [first] = answer(new Uint8Array(request), 'udp');
    if (first !== undefined) udp.send(first, from.port, from.address);
  });
  const tcp: Server = createServer(socket => {
    socket.on('error', () => socket.destroy());
    eachMessage(socket, request => {
      for (const message of answer(request, 'tcp')) socket.write(framed(message));
    });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(port, address, resolve);
  });
  return {
    address,
    port,
    close: async () => {
      udp.close();
      await new Promise<void>(resolve => tcp.close(() => resolve()));
    },
  };
}
