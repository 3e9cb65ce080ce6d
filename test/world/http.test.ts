import { connect } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { type HttpServed, listenHttp } from '../../src/world/listen-http.ts';
import { nodeHttp } from '../../src/world/node.ts';
import type { HttpExchange, HttpRequest } from '../../src/world/world.ts';
import { closedPort, rawTcp } from './sockets.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()));
});

function kept<T extends { close(): Promise<void> }>(value: T): T {
  closing.push(() => value.close());
  return value;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const get = (url: string): HttpRequest => ({ method: 'GET', url, headers: {}, body: null });
const ok: HttpServed = { status: 200, headers: { 'content-type': 'text/plain' }, body: bytes('fine') };

async function ask(serve: (request: HttpRequest) => HttpServed, timeoutMs = 30_000): Promise<HttpExchange> {
  const listener = kept(await listenHttp({ address: '127.0.0.1', port: 0 }, serve));
  return kept(nodeHttp()).send(get(`${listener.url}/x?y=1`), { timeoutMs });
}

test('method, path, headers and body arrive, and the answer comes back', async () => {
  const seen: HttpRequest[] = [];
  const listener = kept(
    await listenHttp({ address: '127.0.0.1', port: 0 }, request => {
      seen.push(request);
      return { status: 307, headers: { location: '/next', 'x-many': 'a, b' }, body: bytes('moved') };
    }),
  );
  const exchange = await kept(nodeHttp()).send(
    { method: 'PUT', url: `${listener.url}/a/b?c=d`, headers: { 'X-Token': 't' }, body: 'grüße' },
    { timeoutMs: 30_000 },
  );
  expect(seen).toMatchObject([
    { method: 'PUT', url: `${listener.url}/a/b?c=d`, headers: { 'x-token': 't', 'content-length': '7' } },
  ]);
  expect(seen[0]?.body).toEqual(bytes('grüße'));
  expect(exchange).toMatchObject({
    kind: 'response',
    response: { status: 307, headers: { location: '/next', 'x-many': 'a, b' } },
  });
  expect(exchange.kind === 'response' && new TextDecoder().decode(exchange.response.body)).toBe('moved');
});

test('a connection is kept for the next request', async () => {
  let connections = 0;
  const server = kept(
    await rawTcp(socket => {
      connections += 1;
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    }),
  );
  const http = kept(nodeHttp());
  for (let count = 0; count < 3; count += 1) {
    const exchange = await http.send(get(`http://127.0.0.1:${server.endpoint.port}/`), { timeoutMs: 30_000 });
    expect(exchange.kind).toBe('response');
  }
  expect(connections).toBe(1);
});

const truncated: HttpServed = { kind: 'truncate', response: ok, octets: 2 };
const cases: readonly [string, HttpServed, object][] = [
  ['a connection that breaks after the request is broken', { kind: 'reset' }, { kind: 'broken' }],
  ['a body that ends early is broken', truncated, { kind: 'broken' }],
  ['silence is a timeout', { kind: 'hang' }, { kind: 'timeout', afterMs: 200 }],
];
test.each(cases)('%s', async (_, served, expected) => {
  expect(await ask(() => served, 200)).toMatchObject(expected);
});

test('what a handler throws becomes status 500', async () => {
  const exchange = await ask(() => {
    throw new Error('oh');
  });
  expect(exchange).toMatchObject({ kind: 'response', response: { status: 500 } });
});

test('where nothing listens, nothing was sent', async () => {
  const { port } = await closedPort();
  const http = kept(nodeHttp());
  expect(await http.send(get(`http://127.0.0.1:${port}/`), { timeoutMs: 30_000 })).toMatchObject({
    kind: 'unreachable',
  });
  expect(await http.send(get('ftp://127.0.0.1/'), { timeoutMs: 30_000 })).toMatchObject({
    kind: 'unreachable',
  });
  expect(await http.send(get(`https://127.0.0.1:${port}/`), { timeoutMs: 30_000 })).toMatchObject({
    kind: 'unreachable',
  });
});

test('a server that speaks no TLS was never sent the request', async () => {
  const server = kept(await rawTcp(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const exchange = await kept(nodeHttp()).send(get(`https://127.0.0.1:${server.endpoint.port}/`), {
    timeoutMs: 30_000,
  });
  expect(exchange.kind).toBe('unreachable');
});

test('an answer that is no HTTP is broken', async () => {
  const server = kept(await rawTcp(socket => socket.on('data', () => socket.end('220 hello\r\n'))));
  const exchange = await kept(nodeHttp()).send(get(`http://127.0.0.1:${server.endpoint.port}/`), {
    timeoutMs: 30_000,
  });
  expect(exchange.kind).toBe('broken');
});

test('a body above the limit is broken', async () => {
  const body = new Uint8Array(17 * 1024 * 1024);
  const exchange = await ask(() => ({ status: 200, headers: {}, body }), 5000);
  expect(exchange).toMatchObject({ kind: 'broken', reason: expect.stringContaining('16777216') });
});

test('a signal ends the wait with its reason', async () => {
  const stop = new AbortController();
  const listener = kept(await listenHttp({ address: '127.0.0.1', port: 0 }, () => ({ kind: 'hang' })));
  const sending = kept(nodeHttp()).send(get(listener.url), { timeoutMs: 30_000, signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 20);
  await expect(sending).rejects.toThrow('enough');
});

test('a request body above the limit is status 413', async () => {
  const listener = kept(await listenHttp({ address: '127.0.0.1', port: 0 }, () => ok));
  const socket = connect(listener.endpoint.port, '127.0.0.1');
  closing.push(async () => void socket.destroy());
  socket.on('error', () => {});
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000\r\n\r\n');
  socket.write(new Uint8Array(5_000_000));
  const head = await new Promise<string>(resolve => socket.once('data', data => resolve(data.toString())));
  expect(head).toMatch(/^HTTP\/1.1 413/);
});

test('a taken port is ZC_PORT with the address in it', async () => {
  const first = kept(await listenHttp({ address: '127.0.0.1', port: 0 }, () => ok));
  await expect(listenHttp(first.endpoint, () => ok)).rejects.toMatchObject({
    code: 'ZC_PORT',
    message: expect.stringContaining(`127.0.0.1 port ${first.endpoint.port}`),
  });
});

test('closing breaks what is open and can be repeated', async () => {
  let asked = 0;
  const listener = await listenHttp({ address: '127.0.0.1', port: 0 }, () => {
    asked += 1;
    return { kind: 'hang' };
  });
  const sending = kept(nodeHttp()).send(get(listener.url), { timeoutMs: 30_000 });
  await vi.waitFor(() => expect(asked).toBe(1), 30_000);
  await Promise.all([listener.close(), listener.close()]);
  expect((await sending).kind).toBe('broken');
});
