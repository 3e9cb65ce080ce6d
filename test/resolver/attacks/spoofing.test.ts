import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Message, makeQuery } from '../../../src/dns/message.ts';
import { parseName } from '../../../src/dns/name.ts';
import { decodeMessage, encodeMessage } from '../../../src/dns/wire.ts';
import { askServer } from '../../../src/resolver/query.ts';
import { listenDns } from '../../../src/world/listen.ts';
import {
  type NodeTransport,
  nodeClock,
  nodeRandom,
  nodeTransport,
  type UdpPorts,
} from '../../../src/world/node.ts';
import type { Endpoint } from '../../../src/world/world.ts';
import { answerTo, closeAll, closeLater, realWorld } from '../real.ts';
import { type Attack, checkAttacks, type Felt } from './table.ts';

afterEach(closeAll);

const www = { name: parseName('www.example.com'), type: 'A' };
const evil = (query: Message): Message => answerTo(query, '203.0.113.66');
const good = (query: Message): Message => answerTo(query, '192.0.2.1');

/** Sends what a forger would, then (behind it) whatever the server does. */
type Forge = (query: Message, send: (octets: Uint8Array) => void, client: Endpoint) => void;

/** A real server that a forger is faster than: UDP and TCP on one port, with the packets that came to it. */
async function forgedServer(
  forge: Forge,
): Promise<{ readonly server: Endpoint; readonly came: { udp: number; tcp: number } }> {
  const came = { udp: 0, tcp: 0 };
  const tcp = createServer(socket => {
    socket.on('error', () => socket.destroy());
    socket.on('data', chunk => {
      came.tcp += 1;
      const reply = encodeMessage(good(decodeMessage(new Uint8Array(chunk.subarray(2)))));
      socket.write(Buffer.concat([Uint8Array.of(reply.length >> 8, reply.length & 255), reply]));
    });
  });
  closeLater(() => tcp.close());
  await new Promise<void>(resolve => tcp.listen(0, '127.0.0.1', resolve));
  const bound = tcp.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const udp = createSocket('udp4');
  closeLater(() => udp.close());
  udp.on('message', (octets, from) => {
    came.udp += 1;
    const query = decodeMessage(octets);
    const send = (answer: Uint8Array): void => udp.send(answer, from.port, from.address);
    forge(query, send, from);
    const later = setTimeout(() => send(encodeMessage(good(query))), 40);
    closeLater(() => clearTimeout(later));
  });
  await new Promise<void>(resolve => udp.bind(port, '127.0.0.1', resolve));
  return { server: { address: '127.0.0.1', port }, came };
}

/** How queries are sent. */
interface Way {
  readonly udpPorts: UdpPorts;
  readonly mixCase: boolean;
}

/** Asks a server that is forged over real sockets; mixed letters are capitals here. */
async function forged(forge: Forge, { udpPorts, mixCase }: Way): Promise<Felt> {
  const { server, came } = await forgedServer(forge);
  const dns: NodeTransport = nodeTransport({ udpPorts });
  closeLater(() => void dns.close());
  const random = { ...nodeRandom, bytes: (count: number) => new Uint8Array(count).fill(1) };
  const world = { ...realWorld(), random, dns };
  const { verdict, attempts } = await askServer(world, server, www, { mixCase, timeoutMs: 30_000 });
  expect(attempts).toHaveLength(came.udp + came.tcp);
  expect(verdict).toMatchObject({ kind: 'answer', rrsets: [{ data: ['192.0.2.1'] }] });
  const over = came.tcp > 0 ? 'the right answer, over TCP' : 'the right answer';
  return { packets: came.udp + came.tcp, outcome: over, fired: [] };
}

const ways: readonly Way[] = (['fresh', 'pool', 'single'] as const).flatMap(udpPorts => [
  { udpPorts, mixCase: false },
  { udpPorts, mixCase: true },
]);

/** The same with a socket a query, a pool of sockets, and one socket, with and without mixed letters: all must come to one. */
async function forgedEachWay(forge: Forge, those = ways): Promise<Felt> {
  const all: Felt[] = [];
  for (const way of those) {
    all.push(await forged(forge, way));
  }
  const [first] = all;
  if (first === undefined) {
    throw new Error('no kind of socket was tried');
  }
  expect(all).toEqual(all.map(() => first));
  return first;
}

function repeat(count: number, once: (at: number) => void): void {
  for (let at = 0; at < count; at += 1) {
    once(at);
  }
}

/** A forged answer with some other ID. */
function withOtherId(query: Message, at: number): Uint8Array {
  return encodeMessage({ ...evil(query), id: (query.id + 1 + at) % 65536 });
}

/** Sends `octets` to the client from another address or port than the server's. */
async function fromElsewhere(address: string): Promise<(octets: Uint8Array, client: Endpoint) => void> {
  const other: Socket = createSocket('udp4');
  closeLater(() => other.close());
  await new Promise<void>(resolve => other.bind(0, address, resolve));
  return (octets, client) => other.send(octets, client.port, client.address);
}

const lower = (query: Message): Message => ({ ...evil(query), questions: [{ ...www, class: 'IN' }] });

/** Datagrams that are no responses, or none to the question; every one has the right ID, address and port. */
function garbage(query: Message): readonly Uint8Array[] {
  const whole = encodeMessage(evil(query));
  const flagged = (flags: number): Uint8Array => {
    const octets = Uint8Array.from(whole);
    octets[2] = flags;
    return octets;
  };
  const counted = Uint8Array.from(whole);
  counted.fill(255, 4, 12);
  const looping = Uint8Array.from([...whole.subarray(0, 12), 0xc0, 0x0c, 0, 1, 0, 1]);
  const other = { ...www, class: 'IN', name: parseName('www.example.net') };
  return [
    new Uint8Array(0),
    whole.subarray(0, 5),
    whole.subarray(0, 12),
    whole.subarray(0, whole.length - 3),
    Uint8Array.from([...whole, 1, 2, 3]),
    flagged(0x01),
    flagged(0xa8),
    counted,
    looping,
    encodeMessage({ ...evil(query), questions: [] }),
    encodeMessage({ ...evil(query), questions: [other] }),
    encodeMessage({ ...evil(query), truncated: true, questions: [other] }),
    encodeMessage({ ...evil(query), rcode: 'SERVFAIL', questions: [], answer: [] }),
  ];
}

const attacks: readonly Attack[] = [
  {
    name: 'Kaminsky, one wrong ID',
    sends: 'a forged answer from the right address and port, with another ID',
    stoppedBy: 'the first wrong ID makes the query go again over TCP',
    most: 2,
    run: () => forgedEachWay((query, send) => send(withOtherId(query, 0))),
  },
  {
    name: 'Kaminsky, 100 wrong IDs',
    sends: '100 of them at once',
    stoppedBy: 'the same, once',
    most: 2,
    run: () => forgedEachWay((query, send) => repeat(100, at => send(withOtherId(query, at)))),
  },
  {
    name: 'wrong port',
    sends: '100 forged answers with the right ID from another port of the server',
    stoppedBy: 'dropped, and the wait goes on',
    most: 1,
    run: async () => {
      const send = await fromElsewhere('127.0.0.1');
      return await forgedEachWay((query, _send, client) =>
        repeat(100, () => send(encodeMessage(evil(query)), client)),
      );
    },
  },
  {
    name: 'wrong address',
    sends: '100 forged answers with the right ID from another address',
    stoppedBy: 'dropped, and the wait goes on',
    most: 1,
    run: async () => {
      const send = await fromElsewhere('127.0.0.2');
      return await forgedEachWay((query, _send, client) =>
        repeat(100, () => send(encodeMessage(evil(query)), client)),
      );
    },
  },
  {
    name: 'wrong question',
    sends: 'answers with the right ID to other names, types and classes, 30 of each',
    stoppedBy: 'dropped, and the wait goes on',
    most: 1,
    run: () =>
      forgedEachWay((query, send) =>
        repeat(30, () => {
          for (const question of [
            { ...www, class: 'IN', name: parseName('www.example.net') },
            { ...www, class: 'IN', type: 'MX' },
            { ...www, class: 'CH' },
          ]) {
            send(encodeMessage({ ...evil(query), questions: [question] }));
          }
        }),
      ),
  },
  {
    name: 'wrong letters (0x20)',
    sends: '100 answers with the right ID and the name in small letters',
    stoppedBy: 'dropped, and the wait goes on',
    most: 1,
    run: () =>
      forgedEachWay(
        (query, send) => repeat(100, () => send(encodeMessage(lower(query)))),
        ways.filter(({ mixCase }) => mixCase),
      ),
  },
  {
    name: 'TuDoor',
    sends:
      'with the right ID: nothing, half a header, a header alone, a message cut short or too long, a query, another opcode, counts of 65,535, a pointer to itself, no question, another question, TC with another question, SERVFAIL without one',
    stoppedBy: 'dropped, and the wait goes on',
    most: 1,
    run: () =>
      forgedEachWay((query, send) => {
        for (const octets of garbage(query)) {
          send(octets);
        }
      }),
  },
  {
    name: 'flood over TCP',
    sends: 'messages that nobody asked for, without end, behind an answer over TCP',
    stoppedBy: 'a connection ends at the first message more than queries were sent',
    most: 1,
    run: flooded,
  },
  {
    name: 'DNSBomb (CVE-2024-33655), gathering',
    sends: '1,500 queries of one client for what takes long',
    stoppedBy: '1,000 of one client wait (here 100 of 150), the others are dropped',
    most: 0,
    run: () => bomb({ maxPendingPerClient: 100 }, 150, allThere => allThere),
  },
  {
    name: 'DNSBomb, late answers',
    sends: 'queries whose answers take longer than 1.9 s (here 50 ms)',
    stoppedBy: 'late answers over UDP are not sent',
    most: 0,
    run: () => bomb({ maxAnswerAgeMs: 50 }, 150, () => nodeClock.sleep(120)),
  },
];

/** A server that answers over TCP and does not stop; it sees whether the connection is ended. */
async function flooded(): Promise<Felt> {
  let queries = 0;
  let ended = (): void => undefined;
  const end = new Promise<void>(resolve => {
    ended = resolve;
  });
  const tcp = createServer(socket => {
    socket.on('error', () => socket.destroy());
    socket.on('close', ended);
    socket.on('data', chunk => {
      queries += 1;
      const answer = encodeMessage(good(decodeMessage(new Uint8Array(chunk.subarray(2)))));
      const reply = Buffer.concat([Uint8Array.of(answer.length >> 8, answer.length & 255), answer]);
      const again = setInterval(() => socket.write(reply), 5);
      socket.on('close', () => clearInterval(again));
    });
  });
  closeLater(() => tcp.close());
  await new Promise<void>(resolve => tcp.listen(0, '127.0.0.1', resolve));
  const bound = tcp.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const server = { address: '127.0.0.1', port };
  const { verdict } = await askServer(realWorld(), server, www, { protocol: 'tcp', timeoutMs: 30_000 });
  expect(verdict).toMatchObject({ kind: 'answer' });
  await end;
  return { packets: queries, outcome: 'the right answer; the connection is closed', fired: [] };
}

/** What arrives at a client that sent `count` queries, all of which are answered at one moment. */
async function bomb(
  limits: { readonly maxPendingPerClient?: number; readonly maxAnswerAgeMs?: number },
  count: number,
  hold: (allThere: Promise<void>) => Promise<void>,
): Promise<Felt> {
  const dropped = { crowded: 0, late: 0 };
  let taken = 0;
  let onAll = (): void => undefined;
  const allThere = new Promise<void>(resolve => {
    onAll = resolve;
  });
  const lookWhetherAll = (): void => {
    if (taken + dropped.crowded === count) onAll();
  };
  const service = await listenDns(
    { address: '127.0.0.1', port: 0 },
    async query => {
      taken += 1;
      lookWhetherAll();
      await hold(allThere);
      return good(query);
    },
    {
      ...limits,
      onDropped: why => {
        dropped[why] += 1;
        lookWhetherAll();
      },
    },
  );
  closeLater(() => void service.close());
  const client = createSocket('udp4');
  closeLater(() => client.close());
  let arrived = 0;
  client.on('message', () => {
    arrived += 1;
  });
  const query = encodeMessage(makeQuery(www.name, 'A'));
  repeat(count, () => client.send(query, service.endpoint.port, '127.0.0.1'));
  await expect.poll(() => arrived + dropped.crowded + dropped.late, { timeout: 60_000 }).toBe(count);
  return {
    packets: 0,
    outcome: `${arrived} answers, ${dropped.crowded} dropped at once, ${dropped.late} late`,
    fired: [],
  };
}

checkAttacks('Forged and malformed responses', attacks);

it('a query that a forger may have seen goes over TCP, and both packets are on the books', async () => {
  const { server } = await forgedServer((query, send) => send(withOtherId(query, 0)));
  const { attempts } = await askServer(realWorld(), server, www, { timeoutMs: 30_000 });
  expect(attempts.map(({ protocol, outcome }) => `${protocol} ${outcome}`)).toEqual([
    'udp mismatched',
    'tcp response',
  ]);
});
