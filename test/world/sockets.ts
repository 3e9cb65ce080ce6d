import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { type Message, makeQuery, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import type { Endpoint } from '../../src/world/world.ts';

/** A query for the A RRset of `name`. */
export function queryFor(name: string): Message {
  return makeQuery(parseName(name), 'A');
}

/** A response to `query` with `count` A records. */
export function answerTo(query: Message, count = 1): Message {
  const [question] = query.questions;
  const name = question?.name ?? parseName('.');
  const addresses = Array.from({ length: count }, (_, index) => `192.0.2.${index + 1}`);
  return {
    ...makeResponse(query),
    authoritative: true,
    answer: recordsOf(rrsetOf(name, 'A', 60, ...addresses)),
  };
}

/** A UDP server that does with each packet whatever the test wants. */
export async function rawUdp(
  onPacket: (packet: Uint8Array, send: (octets: Uint8Array) => void) => void,
  address = '127.0.0.1',
): Promise<{ endpoint: Endpoint; close(): Promise<void> }> {
  const socket = createSocket('udp4');
  socket.on('message', (packet, from) =>
    onPacket(new Uint8Array(packet), octets => socket.send(octets, from.port, from.address)),
  );
  await new Promise<void>(resolve => socket.bind(0, address, resolve));
  return {
    endpoint: { address, port: socket.address().port },
    close: () => new Promise(resolve => socket.close(() => resolve())),
  };
}

/** A TCP server that does with each connection whatever the test wants. */
export async function rawTcp(
  onConnection: (socket: Socket) => void,
): Promise<{ endpoint: Endpoint; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: { address: '127.0.0.1', port },
    close: () =>
      new Promise(resolve => {
        for (const socket of sockets) {
          socket.destroy();
        }
        server.close(() => resolve());
      }),
  };
}

/** An endpoint on which nothing listens. */
export async function closedPort(): Promise<Endpoint> {
  const server = await rawUdp(() => {});
  await server.close();
  return server.endpoint;
}
