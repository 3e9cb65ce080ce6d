import { afterEach, describe, expect, test, vi } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { FrameReader, framed } from '../../src/world/framing.ts';
import { listenDns } from '../../src/world/listen.ts';
import { nodeTransport } from '../../src/world/node.ts';
import { answerTo, closedPort, queryFor, rawTcp, rawUdp } from './sockets.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()));
});

function kept<T extends { close(): Promise<void> }>(value: T): T {
  closing.push(() => value.close());
  return value;
}

describe('over UDP', () => {
  test('a response comes with its size and time', async () => {
    const server = kept(await listenDns({ address: '127.0.0.9', port: 0 }, query => answerTo(query)));
    const transport = kept(nodeTransport());
    const exchange = await transport.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 30_000 });
    expect(exchange).toMatchObject({ kind: 'response', protocol: 'udp', message: { response: true } });
    expect(exchange.kind === 'response' && exchange.octets).toBeGreaterThan(30);
    expect(exchange.kind === 'response' && exchange.rttMs).toBeGreaterThan(0);
  });

  test('garbage, other questions and queries are dropped, and the wait goes on', async () => {
    const server = kept(
      await rawUdp((packet, send) => {
        const query = decodeMessage(packet);
        send(new Uint8Array());
        send(new Uint8Array([1, 2, 3]));
        send(packet.map((octet, at) => (at > 1 ? 0xff : octet)));
        send(encodeMessage(answerTo({ ...queryFor('other.test'), id: query.id })));
        send(packet);
        send(encodeMessage({ ...answerTo(query), questions: [] }));
        send(encodeMessage(answerTo(query, 3)));
      }),
    );
    const exchange = await kept(nodeTransport()).exchange(queryFor('a.test'), server.endpoint, {
      timeoutMs: 30_000,
    });
    expect(exchange.kind === 'response' && exchange.message.answer.length).toBe(3);
  });

  test('a response from another address does not count', async () => {
    const stranger = kept(await rawUdp(() => {}, '127.0.0.3'));
    expect(stranger.endpoint.port).toBeGreaterThan(0);
    const { createSocket } = await import('node:dgram');
    const other = createSocket('udp4');
    await new Promise<void>(resolve => other.bind(0, '127.0.0.4', resolve));
    closing.push(() => new Promise(resolve => other.close(() => resolve())));
    const server = createSocket('udp4');
    await new Promise<void>(resolve => server.bind(0, '127.0.0.5', resolve));
    closing.push(() => new Promise(resolve => server.close(() => resolve())));
    server.on('message', (packet, from) => {
      other.send(encodeMessage(answerTo(decodeMessage(new Uint8Array(packet)))), from.port, from.address);
    });
    const at = { address: '127.0.0.5', port: server.address().port };
    const exchange = await kept(nodeTransport()).exchange(queryFor('a.test'), at, { timeoutMs: 150 });
    expect(exchange).toEqual({ kind: 'timeout', afterMs: 150, protocol: 'udp' });
  });

  test('letters that the server changed do not count when the query mixed them', async () => {
    const server = kept(await listenDns({ address: '127.0.0.1', port: 0 }, query => answerTo(query)));
    const lowering = kept(
      await listenDns({ address: '127.0.0.1', port: 0 }, query =>
        answerTo({ ...query, questions: query.questions.map(({ spelling: _, ...rest }) => rest) }),
      ),
    );
    const transport = kept(nodeTransport());
    const plain = queryFor('abc.test');
    const mixed = {
      ...plain,
      questions: plain.questions.map(question => ({ ...question, spelling: 'aBc.tEst.' })),
    };
    const good = await transport.exchange(mixed, server.endpoint, { timeoutMs: 30_000 });
    const bad = await transport.exchange(mixed, lowering.endpoint, { timeoutMs: 100 });
    expect([good.kind, bad.kind]).toEqual(['response', 'timeout']);
  });

  test('FORMERR without a question is a response', async () => {
    const server = kept(
      await rawUdp((packet, send) => {
        send(
          encodeMessage({ ...answerTo(decodeMessage(packet)), rcode: 'FORMERR', questions: [], answer: [] }),
        );
      }),
    );
    const exchange = await kept(nodeTransport()).exchange(queryFor('a.test'), server.endpoint, {
      timeoutMs: 30_000,
    });
    expect(exchange).toMatchObject({ kind: 'response', message: { rcode: 'FORMERR' } });
  });

  test('IDs and source ports vary', async () => {
    const ids = new Set<number>();
    const ports = new Set<number>();
    const server = kept(
      await listenDns({ address: '127.0.0.1', port: 0 }, (query, from) => {
        ids.add(query.id);
        ports.add(from.port);
        return answerTo(query);
      }),
    );
    const transport = kept(nodeTransport());
    await Promise.all(
      Array.from({ length: 40 }, () =>
        transport.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 30_000 }),
      ),
    );
    expect(ids.size).toBeGreaterThan(35);
    expect(ports.size).toBeGreaterThan(35);
    ports.clear();
    for (let count = 0; count < 10; count += 1) {
      await transport.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 30_000 });
    }
    expect(ports.size).toBeGreaterThan(8);
  });

  test('more queries than may be in flight all come through', async () => {
    const server = kept(await listenDns({ address: '127.0.0.1', port: 0 }, query => answerTo(query)));
    const transport = kept(nodeTransport({ maxInFlight: 3 }));
    const exchanges = await Promise.all(
      Array.from({ length: 30 }, () =>
        transport.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 30_000 }),
      ),
    );
    expect(exchanges.every(exchange => exchange.kind === 'response')).toBe(true);
  });
});

describe.each(['udp', 'tcp'] as const)('over %s', protocol => {
  test('a port on which nothing listens refuses', async () => {
    const exchange = await kept(nodeTransport()).exchange(queryFor('a.test'), await closedPort(), {
      timeoutMs: 30_000,
      protocol,
    });
    expect(exchange).toEqual({ kind: 'unreachable', reason: 'refused', protocol });
  });

  test('a text that is no address has no route', async () => {
    const exchange = await kept(nodeTransport()).exchange(
      queryFor('a.test'),
      { address: 'localhost', port: 53 },
      { timeoutMs: 30_000, protocol },
    );
    expect(exchange).toEqual({ kind: 'unreachable', reason: 'no-route', protocol });
  });

  test('silence is a timeout', async () => {
    const server = kept(await listenDns({ address: '127.0.0.1', port: 0 }, () => null));
    const exchange = await kept(nodeTransport()).exchange(queryFor('a.test'), server.endpoint, {
      timeoutMs: 60,
      protocol,
    });
    expect(exchange).toEqual({ kind: 'timeout', afterMs: 60, protocol });
  });

  test('a signal ends the wait with its reason', async () => {
    const server = kept(await listenDns({ address: '127.0.0.1', port: 0 }, () => null));
    const stop = new AbortController();
    const exchange = kept(nodeTransport()).exchange(queryFor('a.test'), server.endpoint, {
      timeoutMs: 30_000,
      protocol,
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(exchange).rejects.toThrow('enough');
  });
});

describe('over TCP', () => {
  const overTcp = { timeoutMs: 30_000, protocol: 'tcp' } as const;

  test('one connection serves queries one after another and together', async () => {
    const ports = new Set<number>();
    const server = kept(
      await listenDns({ address: '127.0.0.1', port: 0 }, (query, from) => {
        ports.add(from.port);
        return answerTo(query, 100);
      }),
    );
    const transport = kept(nodeTransport());
    const first = await transport.exchange(queryFor('a.test'), server.endpoint, overTcp);
    expect(first.kind === 'response' && first.message.answer.length).toBe(100);
    const names = Array.from({ length: 50 }, (_, index) => `n${index}.test`);
    const exchanges = await Promise.all(
      names.map(name => transport.exchange(queryFor(name), server.endpoint, overTcp)),
    );
    const answered = exchanges.map(each => each.kind === 'response' && each.message.questions[0]?.name);
    expect(answered).toEqual(names.map(name => `${name}.`));
    expect(ports.size).toBe(1);
  });

  test('a response in single octets and out of order is put together', async () => {
    const server = kept(
      await rawTcp(socket => {
        const reader = new FrameReader();
        const seen: Uint8Array[] = [];
        socket.on('data', async chunk => {
          seen.push(...reader.push(new Uint8Array(chunk)));
          if (seen.length === 2) {
            const answers = seen
              .reverse()
              .map(frame => framed(encodeMessage(answerTo(decodeMessage(frame)))));
            for (const octet of Buffer.concat(answers)) {
              socket.write(new Uint8Array([octet]));
              await new Promise(resolve => setImmediate(resolve));
            }
          }
        });
      }),
    );
    const transport = kept(nodeTransport());
    const exchanges = await Promise.all(
      ['a.test', 'b.test'].map(name => transport.exchange(queryFor(name), server.endpoint, overTcp)),
    );
    expect(exchanges.map(each => each.kind === 'response' && each.message.questions[0]?.name)).toEqual([
      'a.test.',
      'b.test.',
    ]);
  });

  test('a kept connection that the server closes is replaced', async () => {
    let connections = 0;
    const server = kept(
      await rawTcp(socket => {
        connections += 1;
        const reader = new FrameReader();
        socket.on('data', chunk => {
          for (const frame of reader.push(new Uint8Array(chunk))) {
            if (connections === 1 && socket.bytesWritten > 0) {
              socket.destroy();
              return;
            }
            socket.write(framed(encodeMessage(answerTo(decodeMessage(frame)))));
          }
        });
      }),
    );
    const transport = kept(nodeTransport());
    const kinds: string[] = [];
    for (const name of ['a.test', 'b.test', 'c.test']) {
      kinds.push((await transport.exchange(queryFor(name), server.endpoint, overTcp)).kind);
    }
    expect(kinds).toEqual(['response', 'response', 'response']);
    expect(connections).toBe(2);
  });

  const cases: readonly [string, (query: Uint8Array) => Uint8Array, object][] = [
    ['a connection that closes without a word is a reset', () => new Uint8Array(), { reason: 'reset' }],
    ['half a message is malformed', () => new Uint8Array([0, 40, 1, 2]), { kind: 'malformed' }],
    [
      'a message that cannot be read is malformed',
      query => framed(query.map((octet, at) => (at > 3 ? 0xff : octet))),
      { kind: 'malformed' },
    ],
    ['a message too short for a header is malformed', () => new Uint8Array([0, 1, 7]), { kind: 'malformed' }],
    [
      'another question is malformed',
      query => framed(encodeMessage(answerTo({ ...queryFor('other.test'), id: decodeMessage(query).id }))),
      { kind: 'malformed' },
    ],
  ];
  test.each(cases)('%s', async (_, reply, expected) => {
    const server = kept(
      await rawTcp(socket => {
        const reader = new FrameReader();
        socket.on('data', chunk => {
          for (const frame of reader.push(new Uint8Array(chunk))) {
            socket.end(reply(frame));
          }
        });
      }),
    );
    const exchange = await kept(nodeTransport()).exchange(queryFor('a.test'), server.endpoint, overTcp);
    expect(exchange).toMatchObject({ protocol: 'tcp', ...expected });
  });

  test('closing ends queries under way and what comes after', async () => {
    let asked = 0;
    const server = kept(
      await listenDns({ address: '127.0.0.1', port: 0 }, () => {
        asked += 1;
        return null;
      }),
    );
    const transport = nodeTransport();
    const under = transport.exchange(queryFor('a.test'), server.endpoint, overTcp);
    await vi.waitFor(() => expect(asked).toBe(1), 30_000);
    await transport.close();
    expect(await under).toMatchObject({ kind: 'unreachable', reason: 'reset' });
    expect(await transport.exchange(queryFor('a.test'), server.endpoint, overTcp)).toMatchObject({
      kind: 'unreachable',
    });
  });
});
