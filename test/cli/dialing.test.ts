import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trace } from '../../src/cli/commands/trace.ts';
import { verify } from '../../src/cli/commands/verify.ts';
import type { Context } from '../../src/cli/context.ts';
import { dialingOf } from '../../src/cli/dialing.ts';
import { type Box, openBox } from '../e2e/box.ts';
import { closedPort } from '../world/sockets.ts';
import { type SocksServer, socksServer } from '../world/socks-server.ts';

let box: Box;
let proxy: SocksServer;
let url: string;

beforeAll(async () => {
  [box, proxy] = await Promise.all([openBox({}, 'none'), socksServer()]);
  url = `socks5://127.0.0.1:${proxy.endpoint.port}`;
});
afterAll(() => Promise.all([box.close(), proxy.close()]));

const tracing = (context: Context): Promise<number> => trace(context, 'www.example.com', 'A', {});

describe('--proxy', () => {
  test('sends every query of a trace through the proxy', async () => {
    const before = proxy.asked.length;
    const ran = await box.run(tracing, { options: { proxy: url } });
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    expect(ran.out).toMatch(/ok {2}dns1\.registrar-servers\.com\. .* alias of example\.com\., over TCP\n/);
    expect(proxy.asked.length).toBeGreaterThan(before);
  });

  test('is for verify and for resolvers of --via too, and stands in ZONECUT_PROXY', async () => {
    const environment = { ZONECUT_PROXY: url };
    const before = proxy.asked.length;
    await box.run(context => verify(context, 'example.com'), { environment });
    const { address, port } = box.internet.resolver;
    const via = [`${address}:${port}`];
    const { out } = await box.run(context => trace(context, 'www.example.com', 'A', { via }), {
      environment,
    });
    expect(out).toMatch(/^ok {2}via \S+ {2}[\d.]+ ms {2}the same/m);
    expect(proxy.asked.slice(before)).toContain(`${address}:${port}`);
  });

  test('blames the proxy when it is not there', async () => {
    const { port } = await closedPort();
    const ran = await box.run(tracing, { options: { proxy: `socks5://127.0.0.1:${port}` } });
    expect(ran.exitCode).toBe(5);
    expect(ran.out).toMatch(/FAIL {2}a\.root-servers\.net\. .*the proxy 127\.0\.0\.1:\d+ cannot be reached/);
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['http://127.0.0.1:1080', '--proxy names no SOCKS5 proxy'],
    ['127.0.0.1:1080', '--proxy names no SOCKS5 proxy'],
    ['socks5://127.0.0.1:1080/path', '--proxy names no SOCKS5 proxy'],
    ['socks5://me:sesame@127.0.0.1:1080', '--proxy has a username or a password'],
  ];
  test.each(wrong)('refuses %s', (given, sentence) => {
    expect(() => dialingOf({ proxy: given }, {})).toThrow(sentence);
    expect(() => dialingOf({ proxy: given }, {})).not.toThrow('sesame');
  });

  test('a login is for the environment only, and is shown nowhere', () => {
    const dialing = dialingOf({}, { ZONECUT_PROXY: 'socks5://me:s%40same@[::1]' });
    expect(dialing).toMatchObject({ proxy: { host: '::1', port: 1080, login: { username: 'me' } } });
    expect(dialing.proxy?.login?.password.reveal()).toBe('s@same');
    expect(`${JSON.stringify(dialing)}${inspect(dialing, { depth: 9 })}`).not.toContain('same"');
    expect(() => dialingOf({}, { ZONECUT_PROXY: 'http://me:sesame@host' })).not.toThrow('sesame');
  });
});

describe('ZONECUT_SOURCE', () => {
  test('is where queries leave from', async () => {
    const here = await box.run(tracing, { environment: { ZONECUT_SOURCE: '127.0.0.1' } });
    expect(here.exitCode).toBe(0);
    const elsewhere = await box.run(tracing, { environment: { ZONECUT_SOURCE: '192.0.2.1, 2001:db8::1' } });
    expect(elsewhere.exitCode).toBe(5);
  });

  test.each(['here', '127.0.0.1 127.0.0.2'])('refuses %s', text => {
    expect(() => dialingOf({}, { ZONECUT_SOURCE: text })).toThrow(`ZONECUT_SOURCE is "${text}"`);
  });
});
