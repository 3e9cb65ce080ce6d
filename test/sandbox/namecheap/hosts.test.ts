import { beforeEach, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { rrsetOf } from '../../../src/dns/rrset.ts';
import { ask } from '../emulator-world.ts';
import { hosts, openAccount, shown, type TestAccount } from './account.ts';

let account: TestAccount;

beforeEach(async () => {
  account = await openAccount();
  account.emulator.seedDomain({
    name: 'example.com',
    rows: [
      { name: 'www', type: 'CNAME', address: 'parkingpage.namecheap.com.' },
      { name: '@', type: 'URL', address: 'http://www.example.com/' },
      { name: 'localhost', type: 'A', address: '127.0.0.1', ttl: 3600 },
    ],
  });
});

const dns1 = parseName('dns1.registrar-servers.com');

function answers(name: string, type: string): readonly string[] | string | null {
  return ask(account.world, dns1, parseName(name), type);
}

test('getHosts shows the rows by type and name, spelled as the service spells them', async () => {
  const answer = await account.post('domains.dns.getHosts', { SLD: 'example', TLD: 'com' });
  const rest = 'AssociatedAppTitle="" FriendlyName="" IsActive="true" IsDDNSEnabled="false" />';
  const ids = account.emulator.rows('example.com').map(row => row.id);
  expect(answer.body.split('\r\n')).toEqual([
    '<?xml version="1.0" encoding="utf-8"?>',
    '<ApiResponse Status="OK" xmlns="http://api.namecheap.com/xml.response">',
    '  <Errors />',
    '  <Warnings />',
    '  <RequestedCommand>namecheap.domains.dns.gethosts</RequestedCommand>',
    '  <CommandResponse Type="namecheap.domains.dns.getHosts">',
    '    <DomainDNSGetHostsResult Domain="example.com" EmailType="NONE" IsUsingOurDNS="true">',
    `      <host HostId="${ids[2]}" Name="localhost" Type="A" Address="127.0.0.1" MXPref="10" TTL="3600" ${rest}`,
    `      <host HostId="${ids[0]}" Name="www" Type="CNAME" Address="parkingpage.namecheap.com." MXPref="10" TTL="1800" ${rest}`,
    `      <host HostId="${ids[1]}" Name="@" Type="URL" Address="http://www.example.com/" MXPref="10" TTL="1800" ${rest}`,
    '    </DomainDNSGetHostsResult>',
    '  </CommandResponse>',
    '  <Server>PHX01SBAPIEXT05</Server>',
    '  <GMTTimeDifference>--4:00</GMTTimeDifference>',
    '  <ExecutionTime>0.173</ExecutionTime>',
    '</ApiResponse>',
  ]);
});

test('setHosts replaces every row', async () => {
  const answer = await account.post(
    'domains.dns.setHosts',
    hosts(['dev | NS | ns-1.awsdns-00.com | 300', 'dev | NS | ns-600.awsdns-11.net. | 300'], {
      EmailType: 'NONE',
    }),
  );
  expect(answer.elements('DomainDNSSetHostsResult')).toMatchObject([
    { Domain: 'example.com', EmailType: 'NONE', IsSuccess: 'true' },
  ]);
  expect(await shown(account)).toEqual([
    'dev | NS | ns-1.awsdns-00.com. | 300 | 10',
    'dev | NS | ns-600.awsdns-11.net. | 300 | 10',
  ]);
  expect(answers('localhost.example.com', 'A')).toBe('NXDOMAIN');
});

test('HostIds change with every write, unless the account keeps them', async () => {
  const rows = ['localhost | A | 127.0.0.1 | 3600'];
  const before = account.emulator.rows('example.com').find(row => row.name === 'localhost')?.id;
  await account.post('domains.dns.setHosts', hosts(rows));
  expect(account.emulator.rows('example.com')[0]?.id).not.toBe(before);
  account = await openAccount({ keepsHostIds: true });
  account.emulator.seedDomain({
    name: 'example.com',
    rows: [{ name: 'localhost', type: 'A', address: '127.0.0.1' }],
  });
  const kept = account.emulator.rows('example.com')[0]?.id;
  await account.post('domains.dns.setHosts', hosts([...rows, 'new | A | 127.0.0.1']));
  expect(account.emulator.rows('example.com')[0]?.id).toBe(kept);
});

test('the zone is served with the SOA and NS of the service', async () => {
  await account.post(
    'domains.dns.setHosts',
    hosts([
      '@ | ALIAS | web.example.com',
      'web | A | 192.0.2.1',
      'txt | TXT | a "quoted" text',
      'dev | NS | ns1.example.net',
    ]),
  );
  const soa = answers('example.com', 'SOA');
  expect(String(soa)).toMatch(
    /^dns1\.registrar-servers\.com\. hostmaster\.registrar-servers\.com\. \d+ 43200 3600 604800 3601$/,
  );
  expect(answers('example.com', 'NS')).toEqual([
    'dns1.registrar-servers.com.',
    'dns2.registrar-servers.com.',
  ]);
  expect(answers('example.com', 'A')).toEqual(['192.0.2.1']);
  expect(answers('txt.example.com', 'TXT')).toEqual(['"a \\"quoted\\" text"']);
  expect(answers('other.example.com', 'A')).toBe('NXDOMAIN');
});

test('a web redirect answers with the address of the redirect server', () => {
  expect(answers('example.com', 'A')).toEqual(['162.255.119.10']);
  expect(answers('www.example.com', 'A')).toEqual(['parkingpage.namecheap.com.']);
});

test.each<readonly [string, readonly string[], Readonly<Record<string, string>>, string]>([
  [
    'NS at @',
    ['@ | NS | ns1.example.net'],
    {},
    "INVALID_NAME: NS record can't be set up for a @ or * host names",
  ],
  [
    'NS at *',
    ['* | NS | ns1.example.net'],
    {},
    "INVALID_NAME: NS record can't be set up for a @ or * host names",
  ],
  ['a TTL under 60', ['a | A | 192.0.2.1 | 59'], {}, 'INVALID_TTL'],
  ['a TTL over 60000', ['a | A | 192.0.2.1 | 60001'], {}, 'INVALID_TTL'],
  ['an address that is none', ['a | A | 192.0.2.300'], {}, 'INVALID_ADDRESS'],
  ['an address of another family', ['a | AAAA | 192.0.2.3'], {}, 'INVALID_ADDRESS'],
  ['an address as a name server', ['a | NS | 192.0.2.3'], {}, 'INVALID_ADDRESS'],
  ['a type that is none', ['a | SRV | 1 2 3 a.example.com.'], {}, 'INVALID_RECORD_TYPE'],
  ['a host name over 60 characters', [`${'a'.repeat(61)} | A | 192.0.2.1`], {}, 'INVALID_NAME'],
  ['a host name with an empty label', ['a..b | A | 192.0.2.1'], {}, 'INVALID_NAME'],
  ['an absolute host name', ['a.example.com. | A | 192.0.2.1'], {}, 'INVALID_NAME'],
  ['a CNAME beside others', ['a | CNAME | b.example.net', 'a | TXT | x'], {}, 'INVALID_NAME'],
  ['two CNAMEs', ['a | CNAME | b.example.net', 'a | CNAME | c.example.net'], {}, 'INVALID_NAME'],
  ['a row without address', ['a | A'], {}, 'INVALID_ADDRESS'],
  ['an email type that is none', ['a | A | 192.0.2.1'], { EmailType: 'MAIL' }, 'INVALID_EMAIL_TYPE'],
  ['MXE without its row', ['a | A | 192.0.2.1'], { EmailType: 'MXE' }, 'INVALID_EMAIL_TYPE'],
  [
    'more than 150 rows',
    Array.from({ length: 151 }, (_, at) => `n${at} | A | 192.0.2.1`),
    {},
    'INVALID_COUNT',
  ],
])('%s is refused and nothing changes', async (_, rows, more, error) => {
  const before = await shown(account);
  const answer = await account.post('domains.dns.setHosts', hosts(rows, more));
  expect(answer.status).toBe(200);
  expect(answer.body).toContain('Status="ERROR"');
  expect(answer.errors[0]).toContain(`5050900 ${error}`);
  expect(await shown(account)).toEqual(before);
});

test('MX rows are dropped unless the email type is MX, and an omitted type stays', async () => {
  const mx = '@ | MX | mail.example.net | 1800 | 20';
  await account.post('domains.dns.setHosts', hosts([mx]));
  expect(await shown(account)).toEqual([]);
  await account.post('domains.dns.setHosts', hosts([mx], { EmailType: 'MX' }));
  await account.post('domains.dns.setHosts', hosts([mx]));
  expect(await shown(account)).toEqual(['@ | MX | mail.example.net. | 1800 | 20']);
  expect(answers('example.com', 'MX')).toEqual(['20 mail.example.net.']);
});

test('hosted mail shows its own MX rows, whatever is written', async () => {
  account.emulator.seedDomain({ name: 'example.com', emailType: 'OX' });
  const before = await shown(account);
  expect(before).toEqual([
    '@ | MX | mx1.privateemail.com. | 1800 | 10',
    '@ | MX | mx2.privateemail.com. | 1800 | 10',
  ]);
  await account.post('domains.dns.setHosts', hosts(['@ | MX | mail.example.net'], { EmailType: 'OX' }));
  expect(await shown(account)).toEqual(before);
});

test('mail forwarding is answered and not shown', async () => {
  account.emulator.seedDomain({ name: 'example.com', emailType: 'FWD' });
  expect(await shown(account)).toEqual([]);
  expect(answers('example.com', 'MX')).toHaveLength(5);
});

test('a write turns dynamic rows into plain ones', async () => {
  account.emulator.seedDomain({
    name: 'example.com',
    rows: [{ name: 'home', type: 'A', address: '192.0.2.1', isDdnsEnabled: true }],
  });
  const flag = async (): Promise<string | undefined> =>
    (await account.post('domains.dns.getHosts', { SLD: 'example', TLD: 'com' })).elements('host')[0]?.[
      'IsDDNSEnabled'
    ];
  expect(await flag()).toBe('true');
  await account.post('domains.dns.setHosts', hosts(['home | A | 192.0.2.1']));
  expect(await flag()).toBe('false');
});

test.each([
  [true, ['10 20 5060 sip.example.com.']],
  [false, 'NXDOMAIN'],
])('SRV rows are not shown; kept by a write: %s', async (keepsHidden, after) => {
  account = await openAccount({ keepsHidden });
  const name = parseName('_sip._tcp.example.com');
  account.emulator.seedDomain({
    name: 'example.com',
    hidden: [rrsetOf(name, 'SRV', 1800, '10 20 5060 sip.example.com.')],
  });
  expect(await shown(account)).toEqual([]);
  await account.post('domains.dns.setHosts', hosts(['a | A | 192.0.2.1']));
  expect(answers(name, 'SRV')).toEqual(after);
});

test('a GET names ten hosts at most', async () => {
  const rows = (count: number): Record<string, string> =>
    hosts(Array.from({ length: count }, (_, at) => `n${at} | A | 192.0.2.1`));
  expect((await account.get('domains.dns.setHosts', rows(10))).errors).toEqual([]);
  const refused = await account.get('domains.dns.setHosts', rows(11));
  expect([refused.status, refused.body.startsWith('<html>')]).toEqual([404, true]);
  expect(await shown(account)).toHaveLength(10);
});

test('CAA is written whole or in parts', async () => {
  await account.post('domains.dns.setHosts', hosts(['a | CAA | 0 issue "ca.example.net"']));
  expect(answers('a.example.com', 'CAA')).toEqual(['0 issue "ca.example.net"']);
  await account.post(
    'domains.dns.setHosts',
    hosts(['b | CAA | ca.example.net'], { Flag1: '0', Tag1: 'issue' }),
  );
  expect(answers('b.example.com', 'CAA')).toEqual(['0 issue "ca.example.net"']);
});

test('somebody else can edit the rows', async () => {
  account.emulator.edit('example.com', rows => [
    ...rows,
    { name: 'foreign', type: 'A', address: '192.0.2.99' },
  ]);
  expect(answers('foreign.example.com', 'A')).toEqual(['192.0.2.99']);
  expect(await shown(account)).toHaveLength(4);
});
