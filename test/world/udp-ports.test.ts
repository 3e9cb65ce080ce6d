import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { FrameReader, framed } from '../../src/world/framing.ts';
import { listenDns } from '../../src/world/listen.ts';
import { nodeTransport, type UdpPorts } from '../../src/world/node.ts';
import { Routes } from '../../src/world/routes.ts';
import { UdpPool } from '../../src/world/udp-pool.ts';
import type { Endpoint, Exchange } from '../../src/world/world.ts';
import { answerTo, closedPort, queryFor, rawTcp, rawUdp } from './sockets.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()));
});

function kept<T extends { close(): Promise<void> | void }>(value: T): T {
  closing.push(() => value.close());
  return value;
}

/** A server that answers and keeps the ports and IDs that it was asked from. */
async function watchful(): Promise<{ endpoint: Endpoint; ports: number[]; ids: number[] }> {
  const ports: number[] = [];
  const ids: number[] = [];
  const { endpoint } = kept(
    await listenDns({ address: '127.0.0.1', port: 0 }, (query, from) => {
      ports.push(from.port);
      ids.push(query.id);
      return answerTo(query);
    }),
  );
  return { endpoint, ports, ids };
}

/** A server at one port for both protocols, forging over UDP what `forge` makes, and honest over TCP. */
async function forger(
  forge: (query: Message, send: (octets: Uint8Array) => void) => void,
): Promise<{ endpoint: Endpoint; overTcp: () => number }> {
  let overTcp = 0;
  const tcp = kept(
    await rawTcp(socket => {
      const reader = new FrameReader();
      socket.on('data', chunk => {
        for (const frame of reader.push(new Uint8Array(chunk))) {
          overTcp += 1;
          socket.write(framed(encodeMessage(answerTo(decodeMessage(frame), 7))));
        }
      });
    }),
  );
  const udp = createSocket('udp4');
  udp.on('message', (packet, from) =>
    forge(decodeMessage(new Uint8Array(packet)), octets => udp.send(octets, from.port, from.address)),
  );
  await new Promise<void>(resolve => udp.bind(tcp.endpoint.port, '127.0.0.1', resolve));
  closing.push(() => new Promise(resolve => udp.close(() => resolve())));
  return { endpoint: tcp.endpoint, overTcp: () => overTcp };
}

/** A server that sends from another socket the response, one to another question, or the response and then its own. */
async function answeringElsewhere(
  what: 'the response' | 'another' | 'both',
): Promise<{ endpoint: Endpoint; elsewhere: Endpoint }> {
  const other = createSocket('udp4');
  await new Promise<void>(resolve => other.bind(0, '127.0.0.1', resolve));
  closing.push(() => new Promise(resolve => other.close(() => resolve())));
  const udp = createSocket('udp4');
  udp.on('message', (packet, from) => {
    const query = decodeMessage(new Uint8Array(packet));
    const asked = what === 'another' ? { ...queryFor('b.test'), id: query.id } : query;
    other.send(encodeMessage(answerTo(asked, 7)), from.port, from.address, () => {
      if (what === 'both') udp.send(encodeMessage(answerTo(query, 1)), from.port, from.address);
    });
  });
  await new Promise<void>(resolve => udp.bind(0, '127.0.0.1', resolve));
  closing.push(() => new Promise(resolve => udp.close(() => resolve())));
  const endpointOf = (socket: Socket): Endpoint => ({ address: '127.0.0.1', port: socket.address().port });
  return { endpoint: endpointOf(udp), elsewhere: endpointOf(other) };
}

function answers(exchange: Exchange): number {
  return exchange.kind === 'response' ? exchange.message.answer.length : -1;
}

describe.each<UdpPorts>(['fresh', 'pool', 'single'])('with ports %s', udpPorts => {
  test('R0: a response from elsewhere is dropped, and noted for who asks for that', {
    timeout: 60_000,
  }, async () => {
    const { endpoint, elsewhere } = await answeringElsewhere('the response');
    const transport = kept(nodeTransport({ udpPorts }));
    // A busy machine may read it late, so the wait grows.
    for (const timeoutMs of [300, 2_000, 15_000]) {
      const options = { timeoutMs, noteElsewhere: true };
      const exchange = await transport.exchange(queryFor('a.test'), endpoint, options);
      if (exchange.kind !== 'timeout' || exchange.elsewhere !== undefined || timeoutMs === 15_000) {
        expect(exchange).toEqual({ kind: 'timeout', afterMs: timeoutMs, protocol: 'udp', elsewhere });
        return;
      }
    }
  });

  test('letters that come back otherwise are a response for who says that any case will do', {
    timeout: 30_000,
  }, async () => {
    const { endpoint } = kept(
      await listenDns({ address: '127.0.0.1', port: 0 }, query => ({
        ...answerTo(query),
        questions: query.questions.map(({ name, type, class: of }) => ({ name, type, class: of })),
      })),
    );
    const query = makeQuery(parseName('mixed.test'), 'A', { spelling: 'MiXeD.test.' });
    const transport = kept(nodeTransport({ udpPorts }));
    expect((await transport.exchange(query, endpoint, { timeoutMs: 10_000, anyCase: true })).kind).toBe(
      'response',
    );
    expect((await transport.exchange(query, endpoint, { timeoutMs: 300 })).kind).toBe('timeout');
  });

  test('R0: what is no response to the query means nothing, wherever it comes from', async () => {
    const { endpoint } = await answeringElsewhere('another');
    const transport = kept(nodeTransport({ udpPorts }));
    const exchange = await transport.exchange(queryFor('a.test'), endpoint, {
      timeoutMs: 300,
      noteElsewhere: true,
    });
    expect(exchange).toEqual({ kind: 'timeout', afterMs: 300, protocol: 'udp' });
  });

  test('R0: a response from where it was asked ends the wait, whatever came from elsewhere before', async () => {
    const { endpoint, elsewhere } = await answeringElsewhere('both');
    const transport = kept(nodeTransport({ udpPorts }));
    const exchange = await transport.exchange(queryFor('a.test'), endpoint, {
      timeoutMs: 10_000,
      noteElsewhere: true,
    });
    expect(elsewhere.port).not.toBe(endpoint.port);
    expect(answers(exchange)).toBe(1);
  });

  test('R1: IDs are random, and every query finds its own response', async () => {
    const { endpoint, ids } = await watchful();
    const transport = kept(nodeTransport({ udpPorts }));
    const names = Array.from({ length: 120 }, (_, index) => `n${index}.test`);
    const exchanges = await Promise.all(
      names.map(name => transport.exchange(queryFor(name), endpoint, { timeoutMs: 30_000 })),
    );
    const asked = exchanges.map(each => each.kind === 'response' && each.message.questions[0]?.name);
    expect(asked).toEqual(names.map(name => `${name}.`));
    expect(new Set(ids).size).toBeGreaterThan(110);
  });

  test('R2: garbage, other questions and queries are dropped, and the wait goes on', async () => {
    const server = kept(
      await rawUdp((packet, send) => {
        const query = decodeMessage(packet);
        send(new Uint8Array());
        send(new Uint8Array([1, 2, 3]));
        send(packet.map((octet, at) => (at > 1 ? 0xff : octet)));
        send(encodeMessage(answerTo({ ...queryFor('other.test'), id: query.id })));
        send(packet);
        send(packet.map((octet, at) => (at === 1 ? octet ^ 1 : octet)));
        send(encodeMessage({ ...answerTo(query), questions: [] }));
        send(encodeMessage(answerTo(query, 3)));
      }),
    );
    const transport = kept(nodeTransport({ udpPorts }));
    expect(
      answers(await transport.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 30_000 })),
    ).toBe(3);
    expect(transport.counts()).toEqual({ mismatched: 0 });
  });

  test('R2: a response from another address or another port does not count', async () => {
    const bound = async (address: string, port: number): Promise<Socket> => {
      const socket = createSocket('udp4');
      await new Promise<void>(resolve => socket.bind(port, address, resolve));
      closing.push(() => void socket.close());
      return socket;
    };
    const server = await bound('127.0.0.1', 0);
    const at = { address: '127.0.0.1', port: server.address().port };
    const strangers = await Promise.all([bound('127.0.0.4', at.port), bound('127.0.0.1', 0)]);
    server.on('message', (packet, from) => {
      const query = decodeMessage(new Uint8Array(packet));
      for (const socket of strangers) {
        socket.send(encodeMessage(answerTo(query)), from.port, from.address);
        socket.send(encodeMessage({ ...answerTo(query), id: query.id ^ 1 }), from.port, from.address);
      }
    });
    const transport = kept(nodeTransport({ udpPorts }));
    expect(await transport.exchange(queryFor('a.test'), at, { timeoutMs: 150 })).toEqual({
      kind: 'timeout',
      afterMs: 150,
      protocol: 'udp',
    });
    expect(transport.counts()).toEqual({ mismatched: 0 });
  });

  test('R2: a response with another ID from the server itself is counted and asked again over TCP', async () => {
    const { endpoint, overTcp } = await forger((query, send) => {
      send(encodeMessage({ ...answerTo(query), id: query.id ^ 1 }));
      send(encodeMessage(answerTo(query, 3)));
    });
    const transport = kept(nodeTransport({ udpPorts }));
    const exchange = await transport.exchange(queryFor('a.test'), endpoint, { timeoutMs: 30_000 });
    expect(exchange).toMatchObject({ kind: 'response', protocol: 'tcp' });
    expect(answers(exchange)).toBe(7);
    expect([overTcp(), transport.counts().mismatched]).toEqual([1, 1]);
  });

  test('queries leave from the address that was given', async () => {
    const from = new Set<string>();
    const server = kept(
      await listenDns({ address: '127.0.0.1', port: 0 }, (query, client) => {
        from.add(`${client.protocol} ${client.address}`);
        return answerTo(query);
      }),
    );
    const transport = kept(nodeTransport({ udpPorts, source: { ipv4: '127.0.0.77' } }));
    for (const protocol of ['udp', 'tcp'] as const) {
      await transport.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 30_000, protocol });
    }
    expect([...from]).toEqual(['udp 127.0.0.77', 'tcp 127.0.0.77']);
  });

  test('an address to leave from that this machine has not is no route', async () => {
    const transport = kept(nodeTransport({ udpPorts, source: { ipv4: '192.0.2.1' } }));
    const { endpoint } = await watchful();
    for (const protocol of ['udp', 'tcp'] as const) {
      expect(
        await transport.exchange(queryFor('a.test'), endpoint, { timeoutMs: 30_000, protocol }),
      ).toMatchObject({ kind: 'unreachable', reason: 'no-route', protocol });
    }
  });

  test('closing ends queries under way, and what comes after', async () => {
    const server = kept(await rawUdp(() => {}));
    const transport = nodeTransport({ udpPorts });
    const underWay = transport.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 300 });
    await new Promise(resolve => setTimeout(resolve, 20));
    await transport.close();
    expect(['unreachable', 'timeout']).toContain((await underWay).kind);
    await transport.close();
  });
});

describe('how many ports are used', () => {
  const portsOf = async (udpPorts: UdpPorts, queries: number): Promise<number> => {
    const { endpoint, ports } = await watchful();
    const transport = kept(nodeTransport({ udpPorts }));
    for (let count = 0; count < queries; count += 1) {
      await transport.exchange(queryFor('a.test'), endpoint, { timeoutMs: 30_000 });
    }
    return new Set(ports).size;
  };

  test('fresh: one a query', async () => {
    expect(await portsOf('fresh', 20)).toBeGreaterThan(17);
  });

  test('pool: many, and no more than 64', async () => {
    const ports = await portsOf('pool', 200);
    expect(ports).toBeGreaterThan(45);
    expect(ports).toBeLessThanOrEqual(64);
  });

  test('single: one, for loopback', async () => {
    expect(await portsOf('single', 20)).toBe(1);
  });

  test('a socket of a pool makes way after its number of queries, and after its time', async () => {
    const { endpoint, ports } = await watchful();
    const counted = kept(new UdpPool({ sockets: 1, maxQueries: 4 }));
    for (let count = 0; count < 12; count += 1) {
      await counted.exchange(queryFor('a.test'), endpoint, { timeoutMs: 2000 });
    }
    expect([1, 5, 9].map(at => new Set(ports.slice(at - 1, at + 3)).size)).toEqual([1, 1, 1]);
    expect(new Set(ports).size).toBe(3);
    ports.length = 0;
    const timed = kept(new UdpPool({ sockets: 1, maxAgeMs: 30 }));
    for (let count = 0; count < 3; count += 1) {
      await timed.exchange(queryFor('a.test'), endpoint, { timeoutMs: 2000 });
      await new Promise(resolve => setTimeout(resolve, 45));
    }
    expect(new Set(ports).size).toBe(3);
  });

  test('a retired socket still takes the response of a query under way', async () => {
    const late: (() => void)[] = [];
    const server = kept(
      await rawUdp((packet, send) => {
        const query = decodeMessage(packet);
        const answer = (): void => send(encodeMessage(answerTo(query)));
        if (String(query.questions[0]?.name) === 'late.test.') {
          late.push(answer);
        } else {
          answer();
        }
      }),
    );
    const pool = kept(new UdpPool({ sockets: 1, maxQueries: 1 }));
    const first = pool.exchange(queryFor('late.test'), server.endpoint, { timeoutMs: 2000 });
    expect((await pool.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 2000 })).kind).toBe(
      'response',
    );
    late.forEach(answer => {
      answer();
    });
    expect((await first).kind).toBe('response');
  });

  test('a late response to a query that was given up makes no other query go over TCP', async () => {
    const server = kept(
      await rawUdp((packet, send) => {
        const query = decodeMessage(packet);
        const delayMs = String(query.questions[0]?.name) === 'late.test.' ? 60 : 100;
        setTimeout(() => send(encodeMessage(answerTo(query))), delayMs);
      }),
    );
    const pool = kept(new UdpPool({ sockets: 1 }));
    const given = pool.exchange(queryFor('late.test'), server.endpoint, { timeoutMs: 20 });
    const other = pool.exchange(queryFor('a.test'), server.endpoint, { timeoutMs: 2000 });
    expect([(await given).kind, (await other).kind]).toEqual(['timeout', 'response']);
  });

  test('a pool does not hear of a refused port: that is silence', async () => {
    const transport = kept(nodeTransport({ udpPorts: 'pool' }));
    const exchange = await transport.exchange(queryFor('a.test'), await closedPort(), { timeoutMs: 60 });
    expect(exchange.kind).toBe('timeout');
  });
});

describe('a family without a route', () => {
  const noRoute: Exchange = { kind: 'unreachable', reason: 'no-route', protocol: 'udp' };
  const silence: Exchange = { kind: 'timeout', afterMs: 1, protocol: 'udp' };
  const refused: Exchange = { kind: 'unreachable', reason: 'refused', protocol: 'udp' };
  const cases: readonly [string, readonly (readonly [string, Exchange])[], boolean][] = [
    ['one address says nothing', [['2001:500::1', noRoute]], false],
    [
      'the same address twice says nothing',
      [
        ['2001:500::1', noRoute],
        ['2001:500::1', noRoute],
      ],
      false,
    ],
    [
      'two addresses do',
      [
        ['2001:500::1', noRoute],
        ['2001:500::2', noRoute],
      ],
      true,
    ],
    [
      'silence in between changes nothing',
      [
        ['2001:500::1', noRoute],
        ['2001:500::3', silence],
        ['2001:500::2', noRoute],
      ],
      true,
    ],
    [
      'an answer of any kind in between does',
      [
        ['2001:500::1', noRoute],
        ['2001:500::3', refused],
        ['2001:500::2', noRoute],
      ],
      false,
    ],
    [
      'IPv4 says nothing of IPv6',
      [
        ['198.41.0.4', noRoute],
        ['199.7.83.42', noRoute],
      ],
      false,
    ],
    [
      'loopback says nothing',
      [
        ['::1', noRoute],
        ['fe80::1', noRoute],
      ],
      false,
    ],
  ];
  test.each(cases)('%s', (_, told, missing) => {
    const routes = new Routes();
    for (const [address, exchange] of told) {
      routes.told(address, exchange, 1000);
    }
    expect(routes.isMissing('2001:500::9', 1001)).toBe(missing);
    expect(routes.isMissing('::1', 1001)).toBe(false);
    expect(routes.isMissing('2001:500::9', 31_001)).toBe(false);
  });
});
