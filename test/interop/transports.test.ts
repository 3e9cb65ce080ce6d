import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { dohTransport, parseDohTemplate } from '../../src/world/doh.ts';
import { dotTransport } from '../../src/world/dot.ts';
import { type Authentication, pinOf } from '../../src/world/tls-client.ts';
import type { Exchange, Transport } from '../../src/world/world.ts';
import { makeCertificate, type TestCertificate } from '../world/certificates.ts';
import { type Finished, type Running, runProgram, startProgram } from './programs.ts';
import { startUnbound, type Unbound } from './unbound.ts';
import { type Box, startBox } from './world.ts';

const unboundAddress = '127.200.0.9';
const daemonAddress = '127.200.0.10';
const questions = [
  { name: 'www.example.com', rcode: 'NOERROR', last: '192.0.2.10' },
  { name: 'any.apps.example.org', rcode: 'NOERROR', last: '203.0.113.80' },
  { name: 'nosuch.example.com', rcode: 'NXDOMAIN', last: '-' },
];

let box: Box;
let certificate: TestCertificate;

beforeAll(async () => {
  [box, certificate] = await Promise.all([
    startBox('--quick'),
    makeCertificate('DNS:dns.test', `IP:${unboundAddress}`, `IP:${daemonAddress}`),
  ]);
});

afterAll(async () => {
  await Promise.all([box?.close(), certificate?.close()]);
});

function file(name: string): string {
  return path.join(certificate.folder, name);
}

describe('a real Unbound', () => {
  let unbound: Unbound;

  beforeAll(async () => {
    unbound = await startUnbound(
      box.hintsFile,
      unboundAddress,
      ...[`interface: ${unboundAddress}@853`, `interface: ${unboundAddress}@443`],
      ...['tls-port: 853', 'https-port: 443'],
      ...[`tls-service-key: "${file('key.pem')}"`, `tls-service-pem: "${file('cert.pem')}"`],
    );
  });

  afterAll(async () => {
    await unbound?.stop();
  });

  const template = parseDohTemplate('https://dns.test/dns-query{?dns}');
  const ways: readonly (readonly [
    string,
    number,
    (authentication: Authentication) => Transport & Closing,
  ])[] = [
    ['DNS over TLS', 853, authentication => dotTransport({ authentication })],
    ['DNS over HTTPS by POST', 443, authentication => dohTransport({ template, authentication })],
    [
      'DNS over HTTPS by GET',
      443,
      authentication => dohTransport({ template, authentication, method: 'GET' }),
    ],
  ];
  describe.each(ways)('is asked by %s', (_, port, open) => {
    const asking = async (
      authentication: Authentication,
      names: readonly string[],
    ): Promise<readonly Exchange[]> => {
      const transport = open(authentication);
      try {
        return await Promise.all(
          names.map(name =>
            transport.exchange(
              makeQuery(parseName(name), 'A', { recursionDesired: true }),
              { address: unboundAddress, port },
              { timeoutMs: 30_000 },
            ),
          ),
        );
      } finally {
        await transport.close();
      }
    };

    test('and answers, many questions at once over one connection', async () => {
      const authentication: Authentication = { kind: 'name', name: 'dns.test', ca: certificate.ca };
      const names = Array.from({ length: 10 }, () => questions).flat();
      const exchanges = await asking(
        authentication,
        names.map(({ name }) => name),
      );
      expect(exchanges.map(told)).toEqual(names.map(({ rcode, last }) => `${rcode} ${last}`));
    });

    test('and is known by its address, or by its key', async () => {
      const ways: readonly Authentication[] = [
        { kind: 'name', name: unboundAddress, ca: certificate.ca },
        { kind: 'pins', pins: [pinOf(certificate.cert)] },
      ];
      for (const authentication of ways) {
        expect((await asking(authentication, ['www.example.com'])).map(told)).toEqual(['NOERROR 192.0.2.10']);
      }
    });

    test('and gets no query under another name', async () => {
      const [exchange] = await asking({ kind: 'name', name: 'other.test', ca: certificate.ca }, [
        'www.example.com',
      ]);
      expect(exchange).toMatchObject({ kind: 'unreachable', reason: 'untrusted' });
    });
  });

  test('is compared with by `zonecut trace --via`', async () => {
    const { status, stdout } = await box.zonecut([
      ...['trace', 'www.example.com', 'A', '--via-ca', file('ca.pem')],
      ...['--via', unboundAddress, '--via', `tcp://${unboundAddress}`],
      ...['--via', `tls://${unboundAddress}#dns.test`, '--via', `https://${unboundAddress}/dns-query{?dns}`],
    ]);
    expect(status).toBe(0);
    expect(stdout.match(/^ok {2}via .* the same, ttl \d+ left$/gm)).toHaveLength(4);
  });
});

interface Closing {
  close(): Promise<void>;
}

function told(exchange: Exchange): string {
  return exchange.kind === 'response'
    ? `${exchange.message.rcode} ${exchange.message.answer.at(-1)?.data ?? '-'}`
    : JSON.stringify(exchange);
}

describe('`zonecut resolver`', () => {
  let daemon: Running;

  beforeAll(async () => {
    const command = process.env['ZONECUT_INTEROP_COMMAND'] ?? '';
    daemon = await startProgram(
      process.execPath,
      [
        ...[command, '--sandbox', 'resolver', '--listen', `${daemonAddress}:53`],
        ...['--dot', `${daemonAddress}:853`, '--doh', `${daemonAddress}:443`],
        ...['--cert', file('cert.pem'), '--key', file('key.pem')],
      ],
      output => output.includes('Ctrl-C ends it'),
      { environment: { ZONECUT_STATE_DIR: box.stateFolder, HOME: box.stateFolder } },
    );
  });

  afterAll(async () => {
    await daemon?.stop();
  });

  const ca = (): string => file('ca.pem');
  const clients: readonly (readonly [string, () => Promise<readonly [string, readonly string[]]>, RegExp])[] =
    [
      ['kdig over UDP', async () => ['kdig', []], /\(UDP\)/],
      ['kdig over TCP', async () => ['kdig', ['+tcp']], /\(TCP\)/],
      [
        'kdig over TLS',
        async () => ['kdig', ['+tls', `+tls-ca=${ca()}`, '+tls-hostname=dns.test']],
        /TLS session \(TLS1\.3\)/,
      ],
      [
        'kdig over TLS, by a pinned key',
        async () => ['kdig', ['+tls', `+tls-pin=${pinOf(certificate.cert)}`]],
        /TLS session \(TLS1\.3\)/,
      ],
      [
        'kdig over HTTPS by POST',
        async () => ['kdig', ['+https', `+tls-ca=${ca()}`, '+tls-hostname=dns.test']],
        /HTTP\/2-POST.*status: 200/,
      ],
      [
        'kdig over HTTPS by GET',
        async () => ['kdig', ['+https-get', '+https', `+tls-ca=${ca()}`, '+tls-hostname=dns.test']],
        /HTTP\/2-GET.*status: 200/,
      ],
      ['dig over TLS', async () => ['dig', ['+tls']], /\(TLS\)|#853/],
      ['dig over HTTPS', async () => ['dig', ['+https']], /\(HTTPS\)|#443/],
      ['dig over TCP, many questions in one connection', async () => ['dig', ['+tcp', '+keepopen']], /TCP/],
    ];
  test.each(clients)('answers %s', async (_, client, way) => {
    const [program, options] = await client();
    for (const { name, rcode, last } of questions) {
      const said = await runProgram(program, [`@${daemonAddress}`, ...options, name, 'A']);
      expect(said).toMatchObject({ status: 0 });
      expect(said.stdout).toMatch(way);
      expect(said.stdout).toContain(`status: ${rcode}`);
      expect(said.stdout).toContain(last === '-' ? 'SOA' : last);
      expect(said.stdout).not.toMatch(/WARNING|malformed|mismatch/i);
    }
  });

  test('turns away clients that know it under another name', async () => {
    const said: Finished = await runProgram('kdig', [
      ...[`@${daemonAddress}`, '+tls', `+tls-ca=${ca()}`, '+tls-hostname=other.test', '+time=2', '+retry=0'],
      'www.example.com',
    ]);
    expect(`${said.stdout}${said.stderr}`).not.toContain('192.0.2.10');
  });

  test('pads answers to clients that pad', async () => {
    const { stdout } = await runProgram('kdig', [
      ...[`@${daemonAddress}`, '+tls', '+padding=128', 'www.example.com', 'A'],
    ]);
    expect(stdout).toMatch(/PADDING: \d+ B/);
    expect(stdout).toMatch(/Received 468 B/);
  });

  test('is forwarded to by Unbound over TLS', async () => {
    const unbound = await startUnbound(
      box.hintsFile,
      '127.200.0.11',
      ...['tls-upstream: yes', `tls-cert-bundle: "${ca()}"`],
      `forward-zone:\n  name: "."\n  forward-addr: ${daemonAddress}@853#dns.test\nserver:`,
    );
    try {
      for (const { name, rcode, last } of questions) {
        const { stdout } = await runProgram('dig', ['@127.200.0.11', name, 'A', '+time=30', '+tries=1']);
        expect(stdout).toContain(`status: ${rcode}`);
        expect(stdout).toContain(last === '-' ? 'SOA' : last);
      }
    } finally {
      await unbound.stop();
    }
  });
});
