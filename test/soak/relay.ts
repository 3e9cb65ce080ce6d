import { createSocket, type RemoteInfo } from 'node:dgram';

import { connect, createServer } from 'node:net';
import { seededRandom } from '../resolver/sim.ts';
import { relayedAddresses, relayPort, serverPort } from './internet.ts';

/**
 * A program that stands between a resolver and its servers: `relay LOSS` takes what is sent to port 53 of their addresses,
 * loses the share LOSS of the datagrams in each direction, and passes the rest on to the servers at another port. Streams
 * pass unharmed. On SIGTERM it prints `carried N, lost N` and ends.
 */
const loss = Number(process.argv[2]);
const random = seededRandom(7);
const counts = { carried: 0, lost: 0 };

/** Whether the next datagram is lost. */
function isLost(): boolean {
  const lost = random.below(1_000_000) < loss * 1_000_000;
  counts[lost ? 'lost' : 'carried'] += 1;
  return lost;
}

interface Waiting {
  readonly from: RemoteInfo;
  readonly id: number;
}

/** Passes datagrams on under IDs of its own, so that one socket serves all that the resolver has. */
function relayDatagrams(address: string): Promise<void> {
  const waiting = new Map<number, Waiting>();
  const front = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  const back = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  let next = 0;
  front.on('message', (octets, from) => {
    if (isLost() || octets.length < 12) return;
    next = (next + 1) % 65_536;
    waiting.set(next, { from, id: octets.readUInt16BE(0) });
    octets.writeUInt16BE(next, 0);
    back.send(octets, serverPort, address, () => {});
  });
  back.on('message', octets => {
    const asked = octets.length < 12 ? undefined : waiting.get(octets.readUInt16BE(0));
    if (asked === undefined) return;
    waiting.delete(octets.readUInt16BE(0));
    if (isLost()) return;
    octets.writeUInt16BE(asked.id, 0);
    front.send(octets, asked.from.port, asked.from.address, () => {});
  });
  // A server that is gone makes the kernel report an error; it is the resolver that has to cope.
  for (const socket of [front, back]) socket.on('error', () => {});
  return new Promise(resolve => front.bind(relayPort, address, () => resolve()));
}

function relayStreams(address: string): Promise<void> {
  const server = createServer(client => {
    const behind = connect(serverPort, address);
    client.pipe(behind).pipe(client);
    client.on('error', () => behind.destroy());
    behind.on('error', () => client.destroy());
    client.on('close', () => behind.destroy());
    behind.on('close', () => client.destroy());
  });
  return new Promise(resolve => server.listen(relayPort, address, () => resolve()));
}

process.on('SIGTERM', () => {
  process.stdout.write(`carried ${counts.carried}, lost ${counts.lost}\n`, () => process.exit(0));
});
await Promise.all(relayedAddresses.flatMap(address => [relayDatagrams(address), relayStreams(address)]));
process.stdout.write('the relay listens\n');
