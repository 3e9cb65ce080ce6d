import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { Secret } from '../../src/secret.ts';
import { nodeTransport } from '../../src/world/node.ts';
import { type Running, startProgram } from './programs.ts';
import { type Box, ispAddress, startBox } from './world.ts';

const proxyAddress = '127.200.0.20';
let box: Box;
const proxies: Running[] = [];

beforeAll(async () => {
  box = await startBox('--quick');
});

afterEach(async () => {
  await Promise.all(proxies.splice(0).map(proxy => proxy.stop()));
});

afterAll(() => box?.close());

/** Starts microsocks at `port`; it says nothing by itself, so that a shell speaks for it. */
async function startProxy(port: number, ...flags: readonly string[]): Promise<Running> {
  const command = `echo begun; exec microsocks -i ${proxyAddress} -p ${port} ${flags.join(' ')}`;
  const proxy = await startProgram('sh', ['-c', command], output => output.includes('begun'));
  proxies.push(proxy);
  while (!(await isListening(port))) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return proxy;
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: proxyAddress, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe('microsocks', () => {
  test('carries a whole trace, and says whom it was asked for', async () => {
    const proxy = await startProxy(1080);
    const said = await box.zonecut([
      '--proxy',
      `socks5://${proxyAddress}:1080`,
      'trace',
      'www.example.com',
      'A',
    ]);
    expect(said).toMatchObject({ status: 0 });
    expect(said.stdout).toMatch(/dns1\.registrar-servers\.com\. .* alias of example\.com\., over TCP\n/);
    expect(proxy.output()).toMatch(/connected to 127\.1\.0\.1:53/);
    expect(proxy.output()).toMatch(/connected to 127\.5\.0\.1:53/);
  });

  test('takes the right password, and no other', async () => {
    await startProxy(1081, '-u', 'me', '-P', 'sesame');
    const ask = async (password: string): Promise<string> => {
      const login = { username: 'me', password: new Secret(password) };
      const transport = nodeTransport({ proxy: { host: proxyAddress, port: 1081, login } });
      const query = makeQuery(parseName('example.net'), 'A', { recursionDesired: true });
      const exchange = await transport.exchange(
        query,
        { address: ispAddress, port: 53 },
        { timeoutMs: 30_000 },
      );
      await transport.close();
      return exchange.kind === 'unreachable' ? exchange.reason : exchange.kind;
    };
    expect(await ask('sesame')).toBe('response');
    expect(await ask('simsim')).toBe('proxy');
  });

  test('tells that nothing listens at a server', async () => {
    await startProxy(1082);
    const transport = nodeTransport({ proxy: { host: proxyAddress, port: 1082, login: null } });
    const query = makeQuery(parseName('example.net'), 'A');
    const exchange = await transport.exchange(
      query,
      { address: '127.200.0.99', port: 53 },
      { timeoutMs: 30_000 },
    );
    await transport.close();
    expect(exchange).toMatchObject({ kind: 'unreachable', reason: 'refused' });
  });
});
