import { createSocket } from 'node:dgram';
import { type Message, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { decodeMessage } from '../../src/dns/wire.ts';
import { nodeClock, nodeRandom, nodeTransport } from '../../src/world/node.ts';
import { noStreams } from '../../src/world/streams.ts';
import type { World } from '../../src/world/world.ts';

const closers: (() => void)[] = [];
/** Closes what the functions of this file opened. */
export function closeAll(): void {
  for (const close of closers.splice(0)) close();
}

/** Has something closed by `closeAll`. */
export function closeLater(close: () => void): void {
  closers.push(close);
}

/** A UDP server on loopback; `reply` gets each query and sends what it likes. */
export async function udpServer(
  reply: (query: Message, send: (octets: Uint8Array) => void, port: number) => void,
  at = 0,
): Promise<{ readonly address: string; readonly port: number }> {
  const socket = createSocket('udp4');
  closers.push(() => socket.close());
  socket.on('message', (octets, from) =>
    reply(decodeMessage(octets), answer => socket.send(answer, from.port, from.address), from.port),
  );
  await new Promise<void>(resolve => socket.bind(at, '127.0.0.1', resolve));
  return { address: '127.0.0.1', port: socket.address().port };
}

/** A World with real sockets. */
export function realWorld(): World {
  const dns = nodeTransport();
  closers.push(() => void dns.close());
  return {
    clock: nodeClock,
    random: nodeRandom,
    dns,
    streams: noStreams,
    http: { send: () => Promise.reject(new Error('no')) },
  };
}

/** An authoritative answer to an address query. */
export function answerTo(query: Message, address: string): Message {
  const [question] = query.questions;
  const name = question?.name ?? parseName('.');
  return {
    ...makeResponse(query),
    authoritative: true,
    answer: recordsOf(rrsetOf(name, 'A', 60, address)),
  };
}
