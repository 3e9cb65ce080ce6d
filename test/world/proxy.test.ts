import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/secret.ts';
import type { Dialing } from '../../src/world/dial.ts';
import { dohTransport, parseDohTemplate } from '../../src/world/doh.ts';
import { dotTransport } from '../../src/world/dot.ts';
import { listenDns } from '../../src/world/listen.ts';
import { listenDoh } from '../../src/world/listen-doh.ts';
import { listenDot } from '../../src/world/listen-dot.ts';
import { nodeTransport } from '../../src/world/node.ts';
import { streamsBy } from '../../src/world/streams.ts';
import type { Endpoint, Exchange, Transport } from '../../src/world/world.ts';
import { makeCertificate } from './certificates.ts';
import { answerTo, closedPort, queryFor } from './sockets.ts';
import { type SocksPlan, type SocksServer, socksServer } from './socks-server.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()));
});

function kept<T extends { close(): Promise<unknown> }>(closable: T): T {
  closers.push(() => closable.close());
  return closable;
}

async function proxyFor(plan: SocksPlan = {}): Promise<{ proxy: SocksServer; dialing: Dialing }> {
  const proxy = kept(await socksServer(plan));
  const login =
    plan.login === undefined
      ? null
      : { username: plan.login.username, password: new Secret(plan.login.password) };
  const { address: host, port } = proxy.endpoint;
  return { proxy, dialing: { source: {}, proxy: { host, port, login } } };
}

function ask(transport: Transport, server: Endpoint, timeoutMs = 30_000): Promise<Exchange> {
  return transport.exchange(queryFor('a.test'), server, { timeoutMs });
}

/** How it came and how many records it has, or what came instead. */
function gist(exchange: Exchange): string {
  switch (exchange.kind) {
    case 'response':
      return `${exchange.protocol} ${exchange.message.answer.length}`;
    case 'unreachable':
      return `unreachable ${exchange.reason} ${exchange.detail ?? ''}`.trim();
    default:
      return exchange.kind;
  }
}

describe('through a SOCKS5 proxy', () => {
  test('UDP goes over TCP, and one connection serves many queries', async () => {
    const server = kept(await listenDns({ address: '127.0.0.1', port: 0 }, query => answerTo(query, 3)));
    const { proxy, dialing } = await proxyFor();
    const transport = kept(nodeTransport(dialing));
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(transport, server.endpoint)));
    expect(new Set(all.map(gist))).toEqual(new Set(['tcp 3']));
    expect(gist(await ask(transport, server.endpoint))).toBe('tcp 3');
    expect(new Set(proxy.asked)).toEqual(new Set([`127.0.0.1:${server.endpoint.port}`]));
  });

  test('a large answer comes whole', async () => {
    const server = kept(await listenDns({ address: '127.0.0.1', port: 0 }, query => answerTo(query, 250)));
    const { dialing } = await proxyFor();
    expect(gist(await ask(kept(nodeTransport(dialing)), server.endpoint))).toBe('tcp 250');
  });

  test('DNS over TLS and over HTTPS go through it, and certificates are checked', async () => {
    const certificate = await makeCertificate('DNS:dns.test');
    closers.push(() => certificate.close());
    const at = { address: '127.0.0.1', port: 0 };
    const shown = { cert: certificate.cert, key: certificate.key };
    const dot = kept(await listenDot(at, query => answerTo(query, 2), shown));
    const doh = kept(await listenDoh(at, query => answerTo(query, 4), shown));
    const { proxy, dialing } = await proxyFor({ login: { username: 'me', password: 'pässword' } });
    const template = parseDohTemplate('https://dns.test/dns-query');
    const trusted = { kind: 'name', name: 'dns.test', ca: certificate.ca } as const;
    const other = { ...trusted, name: 'other.test' };
    const over = (authentication: typeof trusted | typeof other) => ({
      tls: kept(dotTransport({ authentication, dialing })),
      https: kept(dohTransport({ template, authentication, dialing })),
    });
    const { tls, https } = over(trusted);
    expect(gist(await ask(tls, dot.endpoint))).toBe('tls 2');
    expect(gist(await ask(https, doh.endpoint))).toBe('https 4');
    expect(proxy.asked).toEqual([`127.0.0.1:${dot.endpoint.port}`, `127.0.0.1:${doh.endpoint.port}`]);
    const wrong = over(other);
    expect(gist(await ask(wrong.tls, dot.endpoint))).toMatch(/^unreachable untrusted /);
    expect(gist(await ask(wrong.https, doh.endpoint))).toMatch(/^unreachable untrusted /);
  });

  test('conversations go through it', async () => {
    const server = kept(await listenDns({ address: '127.0.0.1', port: 0 }, query => answerTo(query)));
    const { proxy, dialing } = await proxyFor();
    const request = Uint8Array.of(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1);
    const got: number[] = [];
    const take = (message: Uint8Array): 'enough' => {
      got.push(message[1] ?? 0);
      return 'enough';
    };
    expect(await streamsBy(dialing).converse(request, server.endpoint, take, { timeoutMs: 30_000 })).toEqual({
      kind: 'over',
    });
    expect(got).toEqual([7]);
    expect(proxy.asked).toHaveLength(1);
  });

  const replies: readonly (readonly [SocksPlan, RegExp])[] = [
    [{ reply: 5 }, /^unreachable refused$/],
    [{ reply: 4 }, /^unreachable no-route$/],
    [{ reply: 3 }, /^unreachable no-route$/],
    [{ reply: 2 }, /^unreachable proxy the proxy 127\.0\.0\.1:\d+ does not serve: .*NotAllowed/],
    [{ fault: 'garbage' }, /^unreachable proxy the proxy 127\.0\.0\.1:\d+ does not serve: /],
    [
      { fault: 'hang-up' },
      /^unreachable proxy the proxy 127\.0\.0\.1:\d+ (closed the connection|does not serve: .*closed)/,
    ],
    [{ fault: 'silent' }, /^timeout$/],
  ];
  test.each(replies)('of which %o, a query ends with the reason', async (plan, expected) => {
    const { dialing } = await proxyFor(plan);
    const server = await closedPort();
    expect(gist(await ask(kept(nodeTransport(dialing)), server, 300))).toMatch(expected);
    const authentication = { kind: 'none' } as const;
    expect(gist(await ask(kept(dotTransport({ authentication, dialing })), server, 300))).toMatch(expected);
  });

  test('that is not there, the proxy is to blame and not the server', async () => {
    const { address: host, port } = await closedPort();
    const transport = kept(nodeTransport({ proxy: { host, port, login: null } }));
    expect(gist(await ask(transport, { address: '127.0.0.1', port: 53 }))).toBe(
      `unreachable proxy the proxy ${host}:${port} cannot be reached: connect ECONNREFUSED ${host}:${port}`,
    );
  });

  test('a wrong password is the proxy saying no, and is shown nowhere', async () => {
    const { proxy, dialing } = await proxyFor({ login: { username: 'me', password: 'right' } });
    const { host, port } = dialing.proxy ?? { host: '', port: 0 };
    const login = { username: 'me', password: new Secret('sesame') };
    const transport = kept(nodeTransport({ proxy: { host, port, login } }));
    const exchange = await ask(transport, { address: '127.0.0.1', port: 53 });
    expect(gist(exchange)).toMatch(/^unreachable proxy .*does not serve: .*[Aa]uthentication failed/);
    expect(`${JSON.stringify(exchange)} ${inspect(exchange, { depth: 9 })}`).not.toContain('sesame');
    expect(proxy.asked).toEqual([]);
  });

  test('a signal ends the wait', async () => {
    const { dialing } = await proxyFor({ fault: 'silent' });
    const transport = kept(nodeTransport(dialing));
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = transport.exchange(queryFor('a.test'), await closedPort(), { timeoutMs: 30_000, signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
