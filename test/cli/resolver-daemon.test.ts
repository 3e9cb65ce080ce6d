import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dumpResolver, type ResolverFlags, serveResolver } from '../../src/cli/commands/resolver.ts';
import { startDaemon } from '../../src/cli/resolver-daemon.ts';
import { makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { ianaRootHints } from '../../src/resolver/hints.ts';
import { dohTransport, parseDohTemplate } from '../../src/world/doh.ts';
import { dotTransport } from '../../src/world/dot.ts';
import { listenDns } from '../../src/world/listen.ts';
import { nodeTransport, nodeWorld } from '../../src/world/node.ts';
import type { Authentication } from '../../src/world/tls-client.ts';
import type { Endpoint, Exchange, Transport } from '../../src/world/world.ts';
import { type Box, openBox, type Ran } from '../e2e/box.ts';
import { makeCertificate, type TestCertificate } from '../world/certificates.ts';
import { closedPort } from '../world/sockets.ts';

const brief = { timeoutMs: 30_000 };
const anyPort = '127.0.0.1:0';
let box: Box;
let certificate: TestCertificate;

beforeAll(async () => {
  [box, certificate] = await Promise.all([openBox({}, 'none'), makeCertificate('DNS:dns.test')]);
});
afterAll(() => Promise.all([box.close(), certificate.close()]));

interface Started {
  readonly at: (protocol: string) => Endpoint;
  stop(): Promise<Ran>;
}

/** Runs `zonecut resolver` in the box until it is stopped. */
async function start(flags: ResolverFlags): Promise<Started> {
  const ending = new AbortController();
  const ran = box.run(context => serveResolver(context, flags), { signal: ending.signal });
  const file = path.join(box.folder, 'resolvers', `${process.pid}.json`);
  const places = await Promise.race([untilThere(file), ran.then(({ error }) => Promise.reject(error))]);
  return {
    at: protocol => {
      const { address, port } = places.find(place => place.protocol === protocol) ?? { address: '', port: 0 };
      return { address, port };
    },
    stop: () => {
      ending.abort();
      return ran;
    },
  };
}

async function untilThere(file: string): Promise<readonly (Endpoint & { protocol: string })[]> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}\n')) {
      return JSON.parse(text).places;
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

function ask(transport: Transport, server: Endpoint, name: string, protocol?: 'tcp'): Promise<Exchange> {
  const query = makeQuery(parseName(name), 'A', { recursionDesired: true });
  return transport.exchange(query, server, protocol === undefined ? brief : { ...brief, protocol });
}

describe('zonecut resolver', () => {
  test('serves over every protocol, counts, tells what it remembers, and leaves nothing behind', async () => {
    const { folder, ca } = certificate;
    const daemon = await start({
      listen: [anyPort, '[::1]:0'],
      dot: [anyPort],
      doh: [anyPort],
      cert: path.join(folder, 'cert.pem'),
      key: path.join(folder, 'key.pem'),
      metrics: anyPort,
    });
    const authentication: Authentication = { kind: 'name', name: 'dns.test', ca };
    const template = parseDohTemplate('https://dns.test/dns-query');
    const plain = nodeTransport();
    const dot = dotTransport({ authentication });
    const doh = dohTransport({ template, authentication });
    const exchanges = [
      await ask(plain, daemon.at('dns'), 'www.example.com'),
      await ask(plain, daemon.at('dns'), 'www.example.com', 'tcp'),
      await ask(dot, daemon.at('dot'), 'www.example.com'),
      await ask(doh, daemon.at('doh'), 'nosuch.example.com'),
    ];
    const told = exchanges.map(each =>
      each.kind === 'response'
        ? `${each.protocol} ${each.message.rcode} ${each.message.answer.at(-1)?.data ?? '-'}`
        : each.kind,
    );
    expect(told).toEqual([
      'udp NOERROR 192.0.2.10',
      'tcp NOERROR 192.0.2.10',
      'tls NOERROR 192.0.2.10',
      'https NXDOMAIN -',
    ]);

    const { address, port } = daemon.at('metrics');
    const metrics = await (await fetch(`http://${address}:${port}/metrics`)).text();
    expect(metrics).toContain('zonecut_resolver_queries_total{type="A",rcode="NOERROR",protocol="udp"} 1\n');
    expect(metrics).toContain(
      'zonecut_resolver_queries_total{type="A",rcode="NXDOMAIN",protocol="https"} 1\n',
    );
    expect(metrics).toContain('zonecut_resolver_cache_hits_total 2\n');
    expect(metrics).toContain('zonecut_resolver_cache_misses_total 2\n');
    expect(metrics).toMatch(
      /zonecut_resolver_upstream_queries_total\{protocol="udp",outcome="response"\} \d/,
    );
    expect(metrics).toMatch(/zonecut_resolver_cache_bytes\{cache="answers"\} [1-9]/);
    expect((await fetch(`http://${address}:${port}/`)).status).toBe(404);

    const dumped = await box.run(context => dumpResolver(context, {}));
    expect(dumped).toMatchObject({ exitCode: 0, error: null });
    expect(dumped.out).toMatch(/^example\.com\. \d+ IN A 192\.0\.2\.10$/m);
    expect(dumped.out).toMatch(/^; nosuch\.example\.com\. does not exist, for \d+ s$/m);
    expect(dumped.out).toMatch(/^; example\.com\. as com\. has it, for \d+ s$/m);
    const document = await box.run(context => dumpResolver(context, { pid: String(process.pid) }), {
      options: { json: true },
    });
    expect(JSON.parse(document.out)).toMatchObject({ schema: 'zonecut/resolver-dump/v1' });

    expect(await daemon.stop()).toMatchObject({ exitCode: 0, error: null });
    await Promise.all([plain.close(), dot.close(), doh.close()]);
    expect(await readdir(path.join(box.folder, 'resolvers'))).toEqual([]);
    expect(process.listenerCount('SIGUSR1')).toBe(0);
  });

  const wrong: readonly (readonly [string, ResolverFlags, string])[] = [
    ['an address of all interfaces', { listen: ['0.0.0.0:0'] }, 'can be reached from other machines'],
    [
      'an address that others reach, for metrics',
      { metrics: '[::]:0' },
      'can be reached from other machines',
    ],
    ['a name', { listen: ['localhost:5353'] }, 'an address and a port are needed'],
    ['an address without a port', { listen: ['127.0.0.1'] }, 'an address and a port are needed'],
    ['a port that is none', { dot: ['127.0.0.1:65536'] }, 'an address and a port are needed'],
    ['TLS without a certificate', { dot: [anyPort] }, 'need a certificate'],
    [
      'a certificate that is not there',
      { doh: [anyPort], cert: '/nowhere', key: '/nowhere' },
      'cannot be read',
    ],
    ['ports of no kind', { ports: 'many' }, '--ports is "many"'],
    ['a cache of no size', { cache: '0' }, '--cache is "0", it is a number of MiB up to 1024'],
    ['a source that is no address', { source: ['here'] }, '--source is "here"'],
    ['two sources of one family', { source: ['127.0.0.1', '127.0.0.2'] }, '--source is'],
  ];
  test.each(wrong)('refuses %s', async (_, flags, sentence) => {
    const { error } = await box.run(context => serveResolver(context, { listen: [anyPort], ...flags }));
    expect(error).toMatchObject({ code: 'ZC_USAGE', message: expect.stringContaining(sentence) });
  });

  test('listens nowhere when one place is taken', async () => {
    const first = await start({ listen: [anyPort] });
    const { address, port } = first.at('dns');
    const free = await closedPort();
    const listen = [`${free.address}:${free.port}`];
    const { error } = await box.run(context =>
      serveResolver(context, { listen, metrics: `${address}:${port}` }),
    );
    expect(error).toMatchObject({ code: 'ZC_PORT' });
    await (await listenDns(free, () => null)).close();
    await first.stop();
  });

  test('has nothing to dump when none runs', async () => {
    const { error } = await box.run(context => dumpResolver(context, {}));
    expect(error).toMatchObject({ code: 'ZC_USAGE', message: 'no resolver runs' });
  });
});

describe('startDaemon', () => {
  test('answers what is under way when it is stopped, and nothing more', async () => {
    let release: () => void = () => {};
    const released = new Promise<void>(resolve => {
      release = resolve;
    });
    let underWay = 0;
    const silent: Transport = {
      exchange: async () => {
        underWay += 1;
        await released;
        return { kind: 'unreachable', reason: 'refused', protocol: 'udp' };
      },
    };
    const sockets = nodeTransport();
    const world = nodeWorld({ dns: silent });
    const listen = [{ address: '127.0.0.1', port: 0 }];
    const nowhere = { dot: [], doh: [], certificate: null, metrics: null };
    const daemon = await startDaemon(world, sockets, {
      limits: {},
      ...{ hints: ianaRootHints, trustAnchors: null, mixCase: false, port: 53, listen },
      ...nowhere,
    });
    const [place] = daemon.places;
    const at = { address: '127.0.0.1', port: place?.port ?? 0 };
    const asking = [ask(sockets, at, 'a.test'), ask(sockets, at, 'b.test', 'tcp')];
    await vi.waitFor(() => expect(underWay).toBeGreaterThanOrEqual(2), 30_000);
    const stopped = daemon.stop();
    const late = ask(sockets, at, 'c.test', 'tcp');
    await new Promise(resolve => setTimeout(resolve, 50));
    release();
    const told = (await Promise.all(asking)).map(each => each.kind === 'response' && each.message.rcode);
    expect(told).toEqual(['SERVFAIL', 'SERVFAIL']);
    expect((await late).kind).not.toBe('response');
    await stopped;
    await Promise.all([sockets.close(), world.close()]);
  });
});
