import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { FrameReader, framed } from '../../src/world/framing.ts';
import { type AnswerQuery, type DnsListener, listenDns } from '../../src/world/listen.ts';
import { nodeClock, nodeTransport } from '../../src/world/node.ts';
import { answerTo, queryFor } from './sockets.ts';

const answerOne: AnswerQuery = query => answerTo(query);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()));
});

async function listener(answer: AnswerQuery, idleMs = 10_000): Promise<DnsListener> {
  const listening = await listenDns({ address: '127.0.0.1', port: 0 }, answer, { idleMs });
  closing.push(() => listening.close());
  return listening;
}

/** Sends octets over TCP and gives the messages that came when the server closed or `count` were there. */
function talk(at: DnsListener, octets: Uint8Array, count: number, fin = false): Promise<Uint8Array[]> {
  return new Promise(resolve => {
    const socket = connect(at.endpoint.port, at.endpoint.address);
    const reader = new FrameReader();
    const got: Uint8Array[] = [];
    const done = (): void => {
      socket.destroy();
      resolve(got);
    };
    socket.on('error', () => {});
    socket.on('close', done);
    socket.on('data', chunk => {
      got.push(...reader.push(new Uint8Array(chunk)));
      if (got.length >= count) {
        done();
      }
    });
    socket.write(octets);
    if (fin) {
      socket.end();
    }
  });
}

/** Sends octets over UDP; null when nothing came within `patienceMs`. */
async function packet(at: DnsListener, octets: Uint8Array, patienceMs = 30_000): Promise<Uint8Array | null> {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  return new Promise(resolve => {
    const end = (result: Uint8Array | null): void => {
      clearTimeout(timer);
      socket.close(() => resolve(result));
    };
    const timer = setTimeout(() => end(null), patienceMs);
    socket.once('message', message => end(new Uint8Array(message)));
    socket.send(octets, at.endpoint.port, at.endpoint.address);
  });
}

describe('size over UDP', () => {
  const cases: readonly [string, number | null, number, boolean][] = [
    ['without EDNS 512 octets', null, 512, true],
    ['with EDNS what the client takes', 900, 900, true],
    ['never more than 1232 octets', 4096, 1232, true],
    ['less than 512 counts as 512', 100, 512, true],
  ];
  test.each(cases)('%s', async (_, udpSize, limit, cut) => {
    const at = await listener(query => answerTo(query, 200));
    const reply = await packet(at, encodeMessage(makeQuery(parseName('a.test'), 'A', { udpSize })));
    expect(reply?.length).toBeLessThanOrEqual(limit);
    expect(reply !== null && decodeMessage(reply).truncated).toBe(cut);
  });

  test('the whole answer comes over TCP', async () => {
    const at = await listener(query => answerTo(query, 200));
    const [reply] = await talk(at, framed(encodeMessage(queryFor('a.test'))), 1);
    expect(reply !== undefined && decodeMessage(reply)).toMatchObject({ truncated: false });
    expect(reply !== undefined && decodeMessage(reply).answer.length).toBe(200);
  });
});

describe('what is no query', () => {
  const query = encodeMessage({ ...queryFor('a.test'), id: 0x1234, recursionDesired: true });
  const spoilt = query.map((octet, at) => (at === 12 ? 0xc0 : octet));
  const unknown = spoilt.map((octet, at) => (at === 2 ? octet | 0x70 : octet));
  const answered: readonly [string, Uint8Array, string][] = [
    ['a broken message is answered with FORMERR', spoilt, 'FORMERR'],
    ['a broken message of an unknown opcode is answered with NOTIMP', unknown, 'NOTIMP'],
  ];
  test.each(answered)('%s', async (_, octets, rcode) => {
    const reply = await packet(await listener(answerOne), octets);
    const message = reply === null ? null : decodeMessage(reply);
    expect(message).toMatchObject({
      id: 0x1234,
      response: true,
      recursionDesired: true,
      rcode,
      questions: [],
    });
  });

  const dropped: readonly [string, Uint8Array][] = [
    ['nothing', new Uint8Array()],
    ['less than a header', new Uint8Array(11)],
    ['a response', query.map((octet, at) => (at === 2 ? octet | 0x80 : octet))],
    ['a broken response', spoilt.map((octet, at) => (at === 2 ? octet | 0x80 : octet))],
  ];
  test.each(dropped)('%s is dropped', async (_, octets) => {
    const at = await listener(answerOne);
    expect(await packet(at, octets, 100)).toBe(null);
    expect(await packet(at, query)).not.toBe(null);
  });
});

describe('over TCP', () => {
  const queries = Array.from({ length: 150 }, (_, id) => ({ ...queryFor(`n${id}.test`), id }));
  const stream = new Uint8Array(Buffer.concat(queries.map(query => framed(encodeMessage(query)))));

  test('pipelined queries are all answered, each when it is ready', async () => {
    const at = await listener(async query => {
      await nodeClock.sleep(query.id === 0 ? 40 : 1);
      return answerTo(query);
    });
    const replies = await talk(at, stream, queries.length);
    const ids = replies.map(reply => decodeMessage(reply).id);
    expect(ids.length).toBe(150);
    expect(new Set(ids).size).toBe(150);
    expect(ids[0]).not.toBe(0);
  });

  test('a connection that was full is read again', async () => {
    const at = await listener(async query => {
      await nodeClock.sleep(1);
      return answerTo(query);
    });
    const socket = connect(at.endpoint.port, at.endpoint.address);
    closing.push(async () => void socket.destroy());
    const reader = new FrameReader();
    let count = 0;
    await new Promise<void>(resolve => {
      socket.on('data', chunk => {
        const before = count;
        count += reader.push(new Uint8Array(chunk)).length;
        if (before < 150 && count >= 150) {
          socket.write(stream);
        }
        if (count === 300) {
          resolve();
        }
      });
      socket.write(stream);
    });
    expect(count).toBe(300);
  });

  test('a client that closes its side gets its answers', async () => {
    const at = await listener(async query => {
      await nodeClock.sleep(10);
      return answerTo(query);
    });
    expect((await talk(at, stream, 1000, true)).length).toBe(150);
  });

  test('a connection without a query is closed', async () => {
    const at = await listener(answerOne, 40);
    expect(await talk(at, new Uint8Array([0, 50, 1]), 1)).toEqual([]);
  });

  test('a connection that speaks no DNS is closed', async () => {
    const at = await listener(answerOne);
    expect(await talk(at, new TextEncoder().encode('\0\0GET / HTTP/1.1'), 1)).toEqual([]);
  });
});

test('what the handler throws is SERVFAIL and is told', async () => {
  const faults: unknown[] = [];
  const at = await listenDns(
    { address: '127.0.0.1', port: 0 },
    () => {
      throw new Error('oh');
    },
    { onFault: fault => faults.push(fault) },
  );
  closing.push(() => at.close());
  const transport = nodeTransport();
  const exchange = await transport.exchange(queryFor('a.test'), at.endpoint, { timeoutMs: 30_000 });
  expect(exchange).toMatchObject({ kind: 'response', message: { rcode: 'SERVFAIL' } });
  expect(faults).toEqual([new Error('oh')]);
});

describe('a place that cannot be listened on is ZC_PORT', () => {
  test('when it is taken, with a hint', async () => {
    const first = await listener(answerOne);
    await expect(listenDns(first.endpoint, answerOne)).rejects.toMatchObject({
      code: 'ZC_PORT',
      message: `another program listens on 127.0.0.1 port ${first.endpoint.port} (UDP)`,
      hint: expect.stringContaining('Choose another port'),
    });
  });
  test('when the machine does not have the address', async () => {
    await expect(listenDns({ address: '192.0.2.1', port: 0 }, answerOne)).rejects.toMatchObject({
      code: 'ZC_PORT',
      message: expect.stringContaining('192.0.2.1'),
    });
  });
  test('when it is no address', async () => {
    await expect(listenDns({ address: 'localhost', port: 0 }, answerOne)).rejects.toMatchObject({
      code: 'ZC_PORT',
    });
  });
});

test('after closing, the port is free for both protocols', async () => {
  const first = await listener(() => null);
  void talk(first, framed(encodeMessage(queryFor('a.test'))), 1);
  await nodeClock.sleep(20);
  await Promise.all([first.close(), first.close()]);
  const second = await listenDns(first.endpoint, answerOne);
  await second.close();
});
