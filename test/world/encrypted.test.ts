import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Message } from '../../src/dns/message.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { dohTransport, parseDohTemplate } from '../../src/world/doh.ts';
import { dotTransport } from '../../src/world/dot.ts';
import { framed } from '../../src/world/framing.ts';
import type { AnswerQuery, DnsListener } from '../../src/world/listen.ts';
import { listenDoh } from '../../src/world/listen-doh.ts';
import { listenDot } from '../../src/world/listen-dot.ts';
import { type Authentication, pinOf } from '../../src/world/tls-client.ts';
import type { Exchange, Transport } from '../../src/world/world.ts';
import { makeCertificate, type TestCertificate } from './certificates.ts';
import { answerTo, closedPort, queryFor, rawTcp } from './sockets.ts';

const anyPort = { address: '127.0.0.1', port: 0 };
const brief = { timeoutMs: 30_000 };
let own: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  [own, other] = await Promise.all([
    makeCertificate('DNS:dns.test', 'IP:127.0.0.1'),
    makeCertificate('DNS:dns.test'),
  ]);
});
afterAll(() => Promise.all([own.close(), other.close()]));

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()));
});

function kept<T extends { close(): Promise<void> }>(value: T): T {
  closing.push(() => value.close());
  return value;
}

interface Way {
  readonly protocol: 'tls' | 'https';
  readonly listen: (answer: AnswerQuery) => Promise<DnsListener>;
  readonly ask: (authentication?: Authentication) => Transport & { close(): Promise<void> };
}

const template = parseDohTemplate('https://dns.test/dns-query{?dns}');
const named = (): Authentication => ({ kind: 'name', name: 'dns.test', ca: own.ca });
const ways: readonly (readonly [string, Way])[] = [
  [
    'DNS over TLS',
    {
      protocol: 'tls',
      listen: answer => listenDot(anyPort, answer, own),
      ask: (authentication = named()) => dotTransport({ authentication }),
    },
  ],
  ...(['POST', 'GET'] as const).map(
    method =>
      [
        `DNS over HTTPS by ${method}`,
        {
          protocol: 'https',
          listen: answer => listenDoh(anyPort, answer, own),
          ask: (authentication = named()) => dohTransport({ template, authentication, method }),
        } satisfies Way,
      ] as const,
  ),
];

describe.each(ways)('%s', (_, way) => {
  const asking = async (
    answer: AnswerQuery,
    authentication?: Authentication,
  ): Promise<(query: Message) => Promise<Exchange>> => {
    const server = kept(await way.listen(answer));
    const transport = kept(way.ask(authentication));
    return query => transport.exchange(query, server.endpoint, brief);
  };

  test('answers come back, larger ones than UDP carries too', async () => {
    const ask = await asking(query => answerTo(query, 200));
    const exchange = await ask(queryFor('a.test'));
    expect(exchange).toMatchObject({ kind: 'response', protocol: way.protocol });
    expect(exchange.kind === 'response' && exchange.message.answer.length).toBe(200);
  });

  test('queries under way share one connection, and answers may come in any order', async () => {
    const from = new Set<number>();
    let release = (): void => {};
    const othersAnswered = new Promise<void>(resolve => {
      release = resolve;
    });
    let answered = 0;
    const ask = await asking(async (query, client) => {
      from.add(client.port);
      const name: string | undefined = query.questions[0]?.name;
      if (name === 'n0.test.') {
        await othersAnswered;
      } else if (name !== 'first.test.' && ++answered === 29) {
        // Once the answer that is given below has been written.
        setTimeout(release, 20);
      }
      return answerTo(query);
    });
    await ask(queryFor('first.test'));
    const names = Array.from({ length: 30 }, (_, index) => `n${index}.test`);
    const order: string[] = [];
    const exchanges = await Promise.all(
      names.map(async name => {
        const exchange = await ask(queryFor(name));
        order.push(name);
        return exchange;
      }),
    );
    expect(exchanges.map(each => each.kind === 'response' && each.message.questions[0]?.name)).toEqual(
      names.map(name => `${name}.`),
    );
    expect(order.at(-1)).toBe('n0.test');
    expect(from.size).toBe(1);
  });

  test('queries are padded to a multiple of 128 octets, answers to padded ones to one of 468', async () => {
    const sizes: number[] = [];
    const ask = await asking(query => {
      sizes.push(encodeMessage(query).length % 128);
      return answerTo(query);
    });
    const exchanges = await Promise.all(
      ['a.test', 'a-much-longer-name.test'].map(name => ask(queryFor(name))),
    );
    expect(sizes).toEqual([0, 0]);
    expect(exchanges.map(each => each.kind === 'response' && each.octets)).toEqual([468, 468]);
    const plain = await ask({ ...queryFor('a.test'), edns: null });
    expect(plain.kind === 'response' && plain.octets).toBeLessThan(60);
  });

  const trusted: readonly (readonly [string, () => Authentication])[] = [
    ['a certificate for the name', named],
    ['a certificate for the address', () => ({ kind: 'name', name: '127.0.0.1', ca: own.ca })],
    ['a pinned key', () => ({ kind: 'pins', pins: [pinOf(other.cert), pinOf(own.cert)] })],
    ['nothing at all, when nothing is demanded', () => ({ kind: 'none' })],
  ];
  test.each(trusted)('%s is enough', async (_, authentication) => {
    const ask = await asking(query => answerTo(query), authentication());
    expect(await ask(queryFor('a.test'))).toMatchObject({ kind: 'response' });
  });

  const untrusted: readonly (readonly [string, () => Authentication, RegExp])[] = [
    ['a certificate for another name', () => ({ kind: 'name', name: 'dns.example', ca: own.ca }), /altname/i],
    ['a certificate for another address', () => ({ kind: 'name', name: '127.0.0.2', ca: own.ca }), /IP/],
    [
      'a certificate of another authority',
      () => ({ kind: 'name', name: 'dns.test', ca: other.ca }),
      /cert|sign/i,
    ],
    ['a certificate that the system does not know', () => ({ kind: 'name', name: 'dns.test' }), /cert|sign/i],
    ['another key than the pinned one', () => ({ kind: 'pins', pins: [pinOf(other.cert)] }), /pin/],
    ['a pin that is none', () => ({ kind: 'pins', pins: ['', 'x'] }), /pin/],
  ];
  test.each(untrusted)('to %s no query is sent', async (_, authentication, detail) => {
    let asked = 0;
    const ask = await asking(query => {
      asked += 1;
      return answerTo(query);
    }, authentication());
    expect(await ask(queryFor('a.test'))).toEqual({
      kind: 'unreachable',
      reason: 'untrusted',
      protocol: way.protocol,
      detail: expect.stringMatching(detail),
    });
    expect(asked).toBe(0);
  });

  test('a port on which nothing listens refuses; one that speaks no TLS is a reset', async () => {
    const deaf = kept(await rawTcp(socket => socket.end('220 mail.test ESMTP\r\n')));
    const transport = kept(way.ask());
    expect(await transport.exchange(queryFor('a.test'), await closedPort(), brief)).toMatchObject({
      kind: 'unreachable',
      reason: 'refused',
    });
    expect(await transport.exchange(queryFor('a.test'), deaf.endpoint, brief)).toMatchObject({
      kind: 'unreachable',
      reason: 'reset',
    });
  });

  test('silence is a timeout, and a signal ends the wait with its reason', async () => {
    const silent = kept(await rawTcp(() => {}));
    const server = kept(await way.listen(() => new Promise(() => {})));
    const transport = kept(way.ask());
    for (const { endpoint } of [silent, server]) {
      expect(await transport.exchange(queryFor('a.test'), endpoint, { timeoutMs: 150 })).toEqual({
        kind: 'timeout',
        afterMs: 150,
        protocol: way.protocol,
      });
    }
    const stop = new AbortController();
    const waiting = transport.exchange(queryFor('a.test'), server.endpoint, {
      ...brief,
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(waiting).rejects.toThrow('enough');
  });

  test('a server that comes back is asked over a new connection', async () => {
    const first = await way.listen(query => answerTo(query, 1));
    const transport = kept(way.ask());
    const ask = (): Promise<Exchange> => transport.exchange(queryFor('a.test'), first.endpoint, brief);
    expect((await ask()).kind).toBe('response');
    await first.close();
    expect(await ask()).toMatchObject({ kind: 'unreachable' });
    const { cert, key } = own;
    const at = first.endpoint;
    kept(
      await (way.protocol === 'tls'
        ? listenDot(at, query => answerTo(query, 2), { cert, key })
        : listenDoh(at, query => answerTo(query, 2), { cert, key })),
    );
    expect((await ask()).kind).toBe('response');
  });

  test('draining answers what is under way and takes nothing more', async () => {
    const answers: (() => void)[] = [];
    const server = await way.listen(
      query =>
        new Promise(resolve => {
          answers.push(() => resolve(answerTo(query)));
        }),
    );
    const transport = kept(way.ask());
    const first = transport.exchange(queryFor('a.test'), server.endpoint, brief);
    await vi.waitFor(() => expect(answers.length).toBe(1), 30_000);
    const drained = server.drain();
    await new Promise(resolve => setTimeout(resolve, 50));
    answers[0]?.();
    expect((await first).kind).toBe('response');
    await drained;
    expect(await transport.exchange(queryFor('a.test'), server.endpoint, brief)).toMatchObject({
      kind: 'unreachable',
      reason: 'refused',
    });
    await server.close();
  });

  test('a key of another certificate is refused before anything listens', async () => {
    const wrong = { cert: own.cert, key: other.key };
    const listen = way.protocol === 'tls' ? listenDot : listenDoh;
    await expect(listen(anyPort, query => answerTo(query), wrong)).rejects.toMatchObject({
      code: 'ZC_USAGE',
    });
  });
});

describe('DNS over TLS', () => {
  test('the protocol inside is `dot`, and clients that ask for another are turned away', async () => {
    const server = kept(await listenDot(anyPort, query => answerTo(query), own));
    const alpnWith = (protocols: readonly string[]): Promise<string> =>
      new Promise(resolve => {
        const socket = connectTls({
          ...{ host: server.endpoint.address, port: server.endpoint.port, ca: own.ca },
          servername: 'dns.test',
          ALPNProtocols: [...protocols],
        });
        socket.once('secureConnect', () => {
          resolve(String(socket.alpnProtocol));
          socket.destroy();
        });
        socket.once('error', () => resolve('error'));
      });
    expect(await Promise.all([['dot'], ['h2', 'dot'], ['h2']].map(alpnWith))).toEqual([
      'dot',
      'dot',
      'error',
    ]);
  });

  test('octets that are no DNS end the connection, not the listener', async () => {
    const server = kept(await listenDot(anyPort, query => answerTo(query), own));
    const { address: host, port } = server.endpoint;
    const socket = connectTls({ host, port, ca: own.ca, servername: 'dns.test' });
    socket.on('error', () => {});
    socket.write(framed(new Uint8Array(3)));
    await new Promise(resolve => socket.once('close', resolve));
    const transport = kept(dotTransport({ authentication: named() }));
    expect((await transport.exchange(queryFor('a.test'), server.endpoint, brief)).kind).toBe('response');
  });
});

describe('DNS over HTTPS', () => {
  const query = encodeMessage(queryFor('a.test'));
  const dns = Buffer.from(query).toString('base64url');
  const message = 'application/dns-message';

  interface Reply {
    readonly status: number;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: Uint8Array;
  }

  async function request(
    server: DnsListener,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | null,
  ): Promise<Reply> {
    const session = connectHttp2(`https://127.0.0.1:${server.endpoint.port}`, { ca: own.ca });
    const stream = session.request({ ...headers }, { endStream: body === null });
    const chunks: Uint8Array[] = [];
    const reply = new Promise<Reply>((resolve, reject) => {
      let received: Readonly<Record<string, unknown>> = {};
      stream.on('response', got => {
        received = got;
      });
      stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      stream.on('end', () =>
        resolve({ status: Number(received[':status']), headers: received, body: Buffer.concat(chunks) }),
      );
      stream.on('error', reject);
    });
    if (body !== null) {
      stream.end(body);
    }
    try {
      return await reply;
    } finally {
      session.destroy();
    }
  }

  const cases: readonly (readonly [string, Readonly<Record<string, string>>, Uint8Array | null, number])[] = [
    ['GET with a query', { ':path': `/dns-query?dns=${dns}` }, null, 200],
    ['GET with another variable beside it', { ':path': `/dns-query?x=1&dns=${dns}` }, null, 200],
    ['GET without a query', { ':path': '/dns-query' }, null, 400],
    ['GET with padded base64', { ':path': '/dns-query?dns=AA%3D%3D' }, null, 400],
    ['GET of three octets', { ':path': '/dns-query?dns=AAAA' }, null, 400],
    ['another path', { ':path': `/?dns=${dns}` }, null, 404],
    ['POST of a query', { ':method': 'POST', ':path': '/dns-query', 'content-type': message }, query, 200],
    [
      'POST of another type',
      { ':method': 'POST', ':path': '/dns-query', 'content-type': 'text/plain' },
      query,
      415,
    ],
    [
      'POST of more than a message',
      { ':method': 'POST', ':path': '/dns-query', 'content-type': message },
      new Uint8Array(65536),
      413,
    ],
    ['another method', { ':method': 'PUT', ':path': '/dns-query', 'content-type': message }, query, 405],
  ];
  test.each(cases)('%s', async (_, headers, body, status) => {
    const server = kept(await listenDoh(anyPort, asked => answerTo(asked), own));
    const reply = await request(server, headers, body);
    expect(reply.status).toBe(status);
    if (status === 200) {
      expect(reply.headers['content-type']).toBe(message);
      expect(decodeMessage(new Uint8Array(reply.body)).answer).toHaveLength(1);
    }
  });

  const ages: readonly (readonly [string, (asked: Message) => Message, string])[] = [
    ['the lowest TTL of an answer', asked => answerTo(asked, 2), 'max-age=60'],
    ['nothing for a failure', asked => ({ ...answerTo(asked), rcode: 'SERVFAIL' }), 'no-store'],
    ['nothing for an empty answer without SOA', asked => ({ ...answerTo(asked), answer: [] }), 'no-store'],
  ];
  test.each(ages)('caches on the way may keep %s', async (_, answer, expected) => {
    const server = kept(await listenDoh(anyPort, answer, own));
    const reply = await request(server, { ':path': `/dns-query?dns=${dns}` }, null);
    expect(reply.headers['cache-control']).toBe(expected);
  });

  test('HTTP/1.1 does for clients without HTTP/2', async () => {
    const server = kept(await listenDoh(anyPort, asked => answerTo(asked), own));
    const { request: http1 } = await import('node:https');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.endpoint.port, ca: own.ca, agent: false } as const;
      http1({ ...options, path: `/dns-query?dns=${dns}` }, response => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  const replies: readonly (readonly [string, Readonly<Record<string, string | number>>, object])[] = [
    [
      'a status that is no success',
      { ':status': 503 },
      { kind: 'malformed', problem: expect.stringContaining('503') },
    ],
    [
      'another media type',
      { ':status': 200, 'content-type': 'text/html' },
      { kind: 'malformed', problem: expect.stringContaining('text/html') },
    ],
    [
      'an answer that was kept for 20 s in a cache',
      { ':status': 200, 'content-type': message, age: '20' },
      { kind: 'response', message: { answer: [{ ttl: 40 }] } },
    ],
    [
      'an answer that was kept for too long',
      { ':status': 200, 'content-type': message, age: '2000' },
      { kind: 'response', message: { answer: [{ ttl: 0 }] } },
    ],
  ];
  test.each(replies)('%s', async (_, headers, expected) => {
    const server = createSecureServer({ cert: own.cert, key: own.key });
    const paths: string[] = [];
    server.on('stream', (stream, received) => {
      paths.push(`${received[':method']} ${received[':authority']} ${received[':path']?.slice(0, 20)}`);
      const asked = new URL(String(received[':path']), 'https://x').searchParams.get('dns') ?? '';
      stream.respond({ ...headers });
      stream.end(encodeMessage(answerTo(decodeMessage(new Uint8Array(Buffer.from(asked, 'base64url'))))));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise(resolve => server.close(() => resolve())));
    const bound = server.address();
    const at = { address: '127.0.0.1', port: typeof bound === 'object' ? (bound?.port ?? 0) : 0 };
    const transport = kept(dohTransport({ template, authentication: named(), method: 'GET' }));
    expect(await transport.exchange({ ...queryFor('a.test'), id: 77 }, at, brief)).toMatchObject(expected);
    expect(paths).toEqual([expect.stringMatching(/^GET dns\.test \/dns-query\?dns=AAA/)]);
  });
});

describe('parseDohTemplate', () => {
  const good: readonly (readonly [string, object])[] = [
    [
      'https://dns.example/dns-query{?dns}',
      { host: 'dns.example', port: 443, authority: 'dns.example', path: '/dns-query' },
    ],
    [
      'https://dns.example:8443/q',
      { host: 'dns.example', port: 8443, authority: 'dns.example:8443', path: '/q' },
    ],
    [
      'https://[2001:db8::1]/q?a=b{&dns}',
      { host: '2001:db8::1', authority: '[2001:db8::1]', path: '/q?a=b' },
    ],
  ];
  test.each(good)('%s', (text, expected) => {
    expect(parseDohTemplate(text)).toMatchObject(expected);
  });

  test.each([
    'http://dns.example/q',
    'dns.example',
    'https://u@dns.example/',
    'https://dns.example/{x}',
    'https://a b/',
  ])('%s is none', text => {
    expect(() => parseDohTemplate(text)).toThrow(expect.objectContaining({ code: 'ZC_USAGE' }));
  });
});
