import {
  ChangeResourceRecordSetsCommand,
  ListHostedZonesByNameCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dig } from './dig.ts';
import { runProgram } from './programs.ts';
import { ask, ispAddress, type OpenBox, openBox } from './world.ts';

/** A server of each kind, and a zone that it serves. */
const authoritative = [
  { at: '127.1.0.1', zone: '.' },
  { at: '127.2.0.2', zone: 'com.' },
  { at: '127.4.0.1', zone: 'co.uk.' },
  { at: '127.5.0.1', zone: 'example.com.' },
  { at: '127.153.0.26', zone: 'example.org.' },
] as const;

let box: OpenBox;

beforeAll(async () => {
  box = await openBox({ negativeTtlSeconds: null, delegationTtlSeconds: null, visibilityDelayMs: 0 });
  await writeTexts('medium.example.org', 4);
  await writeTexts('large.example.org', 40);
});

afterAll(async () => {
  await box?.close();
});

describe.each(authoritative)('the server of $zone at $at', ({ at, zone }) => {
  // The questions are those of RFC 8906 section 8.
  test.each([
    { flags: [], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    { flags: ['+noedns'], status: 'NOERROR', answers: 1, edns: null },
    { flags: ['+tcp'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    { flags: ['+tcp', '+noedns'], status: 'NOERROR', answers: 1, edns: null },
    { flags: ['+bufsize=512'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    { flags: ['+dnssec'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags: do; udp: 1232' },
    { flags: ['+ednsopt=100'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    { flags: ['+nocookie', '+nsid'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    { flags: ['+subnet=192.0.2.0/24'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    { flags: ['+ednsflags=0x80'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    { flags: ['+zflag'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    { flags: ['+adflag', '+cdflag'], status: 'NOERROR', answers: 1, edns: 'version: 0, flags:; udp: 1232' },
    {
      flags: ['+edns=100', '+noednsneg'],
      status: 'BADVERS',
      answers: 0,
      edns: 'version: 0, flags:; udp: 1232',
    },
    { flags: ['+opcode=15'], status: 'NOTIMP', answers: 0, edns: 'version: 0, flags:; udp: 1232' },
  ])('answers dig $flags as RFC 8906 asks', async ({ flags, status, answers, edns }) => {
    const dug = await dig('+norecurse', `@${at}`, ...flags, zone, 'SOA');
    const cd = flags.includes('+cdflag') && dug.flags.includes('cd') ? ['cd'] : [];
    expect(dug).toMatchObject({
      status,
      edns,
      options: [],
      flags: status === 'NOERROR' ? ['qr', 'aa', ...cd] : ['qr'],
      transport: flags.includes('+tcp') ? 'TCP' : 'UDP',
      complaints: [],
    });
    expect(dug.answer.length).toBe(answers);
  });

  test('says NODATA with its SOA to a type that it does not know', async () => {
    const dug = await dig('+norecurse', `@${at}`, zone, 'TYPE1000');
    expect(dug).toMatchObject({ status: 'NOERROR', flags: ['qr', 'aa'], answer: [], complaints: [] });
    expect(dug.authority).toEqual([expect.stringContaining(`${zone} SOA `)]);
  });

  test('answers ANY over UDP and TCP with authority', async () => {
    for (const transport of ['+notcp', '+tcp']) {
      const dug = await dig('+norecurse', `@${at}`, transport, zone, 'ANY');
      expect(dug).toMatchObject({ status: 'NOERROR', flags: ['qr', 'aa'], complaints: [] });
      expect(dug.answer.length).toBeGreaterThan(0);
    }
  });

  test('offers no recursion', async () => {
    const dug = await dig('+recurse', `@${at}`, zone, 'SOA');
    expect(dug.flags).toEqual(['qr', 'aa', 'rd']);
    expect(dug.complaints).toEqual([';; WARNING: recursion requested but not available']);
  });

  test('refuses what it does not serve, transfers and other classes', async () => {
    expect(await dig('+norecurse', `@${at}`, 'nowhere.invalid', 'SOA')).toMatchObject(
      zone === '.' ? { status: 'NXDOMAIN' } : { status: 'REFUSED', answer: [], authority: [] },
    );
    expect(await dig('+norecurse', `@${at}`, 'version.bind', 'CH', 'TXT')).toMatchObject({
      status: 'REFUSED',
    });
    expect(await ask('dig', `@${at}`, zone, 'AXFR')).toContain('; Transfer failed.');
  });

  test('keeps the case of the question', async () => {
    const mixed = zone.replaceAll(/[a-z]/g, (letter, at_) => (at_ % 2 === 0 ? letter.toUpperCase() : letter));
    const output = await ask('dig', '+norecurse', '+noall', '+question', `@${at}`, mixed, 'SOA');
    expect(output).toContain(`;${mixed}`);
  });
});

describe("the ISP's resolver", () => {
  test.each([
    {
      args: ['www.example.com'],
      status: 'NOERROR',
      answer: ['www.example.com. CNAME example.com.', 'example.com. A 192.0.2.10'],
    },
    {
      args: ['+tcp', 'example.com', 'MX'],
      status: 'NOERROR',
      answer: ['example.com. MX 10 mx1.example.com.', 'example.com. MX 20 mx2.example.com.'],
    },
    {
      args: ['+noedns', 'api.example.com', 'AAAA'],
      status: 'NOERROR',
      answer: ['api.example.com. AAAA 2001:db8::20'],
    },
    {
      args: ['+dnssec', 'any.apps.example.org'],
      status: 'NOERROR',
      answer: ['any.apps.example.org. A 203.0.113.80'],
    },
    {
      args: ['+cdflag', '+bufsize=512', 'vpn.office.example.com'],
      status: 'NOERROR',
      answer: ['vpn.office.example.com. A 192.0.2.40'],
    },
    { args: ['office.example.com'], status: 'NOERROR', answer: [] },
    { args: ['example.com', 'AAAA'], status: 'NOERROR', answer: [] },
    { args: ['nosuch.example.com'], status: 'NXDOMAIN', answer: [] },
    { args: ['+tcp', 'nosuch.nosuchtld'], status: 'NXDOMAIN', answer: [] },
    { args: ['-x', '192.0.2.10'], status: 'NXDOMAIN', answer: [] },
  ])('answers dig $args', async ({ args, status, answer }) => {
    const dug = await dig(`@${ispAddress}`, ...args);
    expect(dug).toMatchObject({ status, complaints: [] });
    expect(dug.flags.filter(flag => flag !== 'cd')).toEqual(['qr', 'rd', 'ra']);
    expect([...dug.answer].sort()).toEqual([...answer].sort());
    expect(dug.authority.length).toBe(answer.length === 0 ? 1 : 0);
  });

  test('counts TTLs down', async () => {
    const ttlOf = async (): Promise<number> =>
      Number((await ask('dig', '+noall', '+answer', `@${ispAddress}`, 'mail.example.org')).split(/\s+/)[1]);
    const first = await ttlOf();
    await new Promise(resolve => setTimeout(resolve, 2100));
    expect(first - (await ttlOf())).toBeGreaterThanOrEqual(2);
  });

  test('answers several questions over one TCP connection', async () => {
    const output = await ask(
      'dig',
      `@${ispAddress}`,
      '+tcp',
      '+keepopen',
      'example.com',
      'example.org',
      'nosuch.example.com',
    );
    expect([...output.matchAll(/status: (\w+)/g)].map(([, status]) => status)).toEqual([
      'NOERROR',
      'NOERROR',
      'NXDOMAIN',
    ]);
  });

  test('serves host and drill, also over TCP', async () => {
    for (const flags of [[], ['-T'], ['-4']]) {
      expect(await ask('host', ...flags, 'www.example.com', ispAddress)).toMatch(
        /www\.example\.com is an alias for example\.com\.\nexample\.com has address 192\.0\.2\.10\n/,
      );
    }
    for (const flags of [[], ['-t'], ['-D'], ['-b', '512']]) {
      expect(await ask('drill', ...flags, `@${ispAddress}`, 'example.com', 'MX')).toContain(
        'mx1.example.com.',
      );
    }
    const { status, stdout } = await runProgram('host', ['nosuch.example.com', ispAddress]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining('3(NXDOMAIN)') });
  });

  test('lets dig +trace begin at it', async () => {
    expect(await ask('dig', `@${ispAddress}`, '+trace', 'www.example.com')).toContain('192.0.2.10');
  });
});

describe.each([
  { who: 'the server of the zone', at: '127.153.0.26', recurse: '+norecurse' },
  { who: "the ISP's resolver", at: ispAddress, recurse: '+recurse' },
])('$who and answers that are large', ({ at, recurse }) => {
  test.each([
    { name: 'medium.example.org', flags: [], truncated: false },
    { name: 'medium.example.org', flags: ['+bufsize=512'], truncated: true },
    { name: 'medium.example.org', flags: ['+noedns'], truncated: true },
    { name: 'large.example.org', flags: [], truncated: true },
    { name: 'large.example.org', flags: ['+bufsize=4096'], truncated: true },
  ])('dig $flags of $name over UDP is truncated: $truncated', async ({ name, flags, truncated }) => {
    const dug = await dig(`@${at}`, recurse, '+ignore', ...flags, name, 'TXT');
    const allowed = flags[0] === '+bufsize=512' || flags[0] === '+noedns' ? 512 : 1232;
    expect(dug).toMatchObject({ status: 'NOERROR', transport: 'UDP' });
    expect(dug.flags.includes('tc')).toBe(truncated);
    expect(dug.octets).toBeLessThanOrEqual(allowed);
    const retried = await dig(`@${at}`, recurse, ...flags, name, 'TXT');
    expect(retried).toMatchObject({ status: 'NOERROR', transport: truncated ? 'TCP' : 'UDP' });
    expect(retried.complaints).toEqual([]);
    expect(retried.answer.length).toBe(name.startsWith('large') ? 40 : 4);
  });

  test('host and drill get all of it by TCP', async () => {
    const hosted = await ask(
      'host',
      ...(recurse === '+norecurse' ? ['-r'] : []),
      '-t',
      'TXT',
      'large.example.org',
      at,
    );
    expect([...hosted.matchAll(/descriptive text/g)].length).toBe(40);
    const drilled = await ask('drill', '-a', `@${at}`, 'large.example.org', 'TXT');
    expect([...drilled.matchAll(/\tTXT\t/g)].length).toBeGreaterThanOrEqual(40);
  });
});

/** Writes `count` texts of about 200 octets at `name` in example.org, by the vendor's own SDK. */
async function writeTexts(name: string, count: number): Promise<void> {
  const { environment } = box.internet;
  const setting = (key: string): string => environment[key] ?? '';
  const client = new Route53Client({
    endpoint: setting('AWS_ENDPOINT_URL_ROUTE_53'),
    region: setting('AWS_REGION'),
    credentials: {
      accessKeyId: setting('AWS_ACCESS_KEY_ID'),
      secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
    },
  });
  const { HostedZones } = await client.send(new ListHostedZonesByNameCommand({ DNSName: 'example.org' }));
  const texts = Array.from({ length: count }, (_, index) => ({
    Value: `"${String(index).padStart(3, '0')}${'x'.repeat(200)}"`,
  }));
  await client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: HostedZones?.[0]?.Id,
      ChangeBatch: {
        Changes: [
          {
            Action: 'CREATE',
            ResourceRecordSet: { Name: name, Type: 'TXT', TTL: 300, ResourceRecords: texts },
          },
        ],
      },
    }),
  );
  client.destroy();
}
