import { expect, test } from 'vitest';
import { hosts, openAccount } from './account.ts';

test.each<readonly [string, Readonly<Record<string, string>>, string]>([
  ['no user', { ApiUser: '' }, '1010101 Parameter APIUser is missing'],
  ['no key', { ApiKey: '' }, '1010102 Parameter APIKey is missing'],
  ['no user name', { UserName: '' }, '1010103 Parameter UserName is missing'],
  ['no command', { Command: '' }, '1010104 Parameter Command is missing'],
  ['no address', { ClientIp: '' }, '1010105 Parameter ClientIP is missing'],
  ['an IPv6 address', { ClientIp: '::1' }, '1011105 Parameter ClientIP is invalid'],
  ['a foreign address', { ClientIp: '192.0.2.1' }, '1011150 Invalid request IP: 192.0.2.1'],
  ['a wrong key', { ApiKey: 'x' }, '1011102 API Key is invalid or API access has not been enabled'],
  ['a wrong user name', { UserName: 'x' }, '1019103 UserName not available'],
  ['an unknown command', { Command: 'namecheap.domains.nothing' }, '1011104 Parameter Command is invalid'],
])('%s is refused', async (_, parameters, error) => {
  const { post } = await openAccount();
  const answer = await post('domains.getList', parameters);
  expect(answer.status).toBe(200);
  expect(answer.errors).toEqual([error]);
  expect(answer.body).toContain('<RequestedCommand />');
});

test('the names of parameters may be in any case', async () => {
  const { post } = await openAccount();
  expect((await post('domains.getList', { ClientIp: '', clientip: '127.0.0.1' })).errors).toEqual([]);
});

test('twenty requests a minute are let in, then the status is 405', async () => {
  const { world, post } = await openAccount({ rates: { perMinute: 20, perHour: 30, perDay: 8000 } });
  const many = async (count: number): Promise<readonly number[]> => {
    const answers = [];
    for (let at = 0; at < count; at += 1) {
      answers.push((await post('domains.getList')).status);
    }
    return answers;
  };
  expect(await many(21)).toEqual([...Array<number>(20).fill(200), 405]);
  await world.time.pass(60_000);
  expect(await many(11)).toEqual([...Array<number>(10).fill(200), 405]);
  await world.time.pass(3_600_000);
  expect(await many(1)).toEqual([200]);
});

test('domains are listed a page at a time', async () => {
  const { emulator, post } = await openAccount();
  for (let at = 0; at < 25; at += 1) {
    emulator.seedDomain({ name: `d${String(at).padStart(2, '0')}.com` });
  }
  emulator.seedDomain({ name: 'sub.free.com', isFreeDns: true });
  const first = await post('domains.getList');
  expect(first.elements('Domain')).toHaveLength(20);
  expect(first.elements('Domain')[0]).toMatchObject({ Name: 'd00.com', User: 'user', IsOurDNS: 'true' });
  expect(first.body).toContain('<TotalItems>25</TotalItems>');
  const last = await post('domains.getList', { Page: '3', PageSize: '10' });
  expect(last.elements('Domain').map(domain => domain['Name'])).toEqual([
    'd20.com',
    'd21.com',
    'd22.com',
    'd23.com',
    'd24.com',
  ]);
  const capped = await post('domains.getList', { PageSize: '1000' });
  expect(capped.body).toContain('<PageSize>100</PageSize>');
  expect((await post('domains.getList', { SearchTerm: 'd07' })).elements('Domain')).toHaveLength(1);
});

test('getInfo tells the rights, and sends a result along with its error', async () => {
  const { emulator, post } = await openAccount();
  emulator.seedDomain({ name: 'mine.com' });
  emulator.seedDomain({ name: 'shared.com', rights: ['dns', 'hosts'] });
  const mine = await post('domains.getInfo', { DomainName: 'mine.com' });
  expect(mine.elements('Modificationrights')).toMatchObject([{ All: 'true' }]);
  expect(mine.elements('DnsDetails')).toMatchObject([{ ProviderType: 'FREE', IsUsingOurDNS: 'true' }]);
  const shared = await post('domains.getInfo', { DomainName: 'shared.com' });
  expect(shared.body).toContain('<Rights Type="hosts">OK</Rights>');
  const unknown = await post('domains.getInfo', { DomainName: 'unknown.com' });
  expect(unknown.errors).toEqual(['2030166 Domain is invalid']);
  expect(unknown.elements('DomainGetInfoResult')).toMatchObject([{ ID: '0' }]);
});

test('a domain of others, one with other name servers and one without the right are refused', async () => {
  const { emulator, post } = await openAccount();
  emulator.seedDomain({ name: 'example.com', rights: ['dns'] });
  emulator.seedDomain({ name: 'custom.com', customServers: ['ns1.example.net', 'ns2.example.net'] });
  const unknown = await post('domains.dns.getHosts', { SLD: 'unknown', TLD: 'com' });
  expect(unknown.errors).toEqual([
    "2019166 The domain (unknown.com) doesn't seem to be associated with your account.",
  ]);
  const custom = await post('domains.dns.getHosts', { SLD: 'custom', TLD: 'com' });
  expect(custom.errors).toEqual([
    '2030288 Cannot complete this command as this domain is not using proper DNS servers',
  ]);
  const list = await post('domains.dns.getList', { SLD: 'custom', TLD: 'com' });
  expect(list.elements('DomainDNSGetListResult')).toMatchObject([{ IsUsingOurDNS: 'false' }]);
  expect(list.body).toContain('<Nameserver>ns1.example.net</Nameserver>');
  const written = await post('domains.dns.setHosts', hosts(['a | A | 192.0.2.1']));
  expect(written.errors).toEqual(['2030166 Edit permission for domain is not supported']);
});

test('a zone that is hosted only is read by its own labels', async () => {
  const { emulator, post } = await openAccount();
  emulator.seedDomain({
    name: 'sub.example.com',
    isFreeDns: true,
    rows: [{ name: '@', type: 'A', address: '192.0.2.1' }],
  });
  const where = { SLD: 'sub.example', TLD: 'com' };
  expect((await post('domains.dns.getList', where)).errors[0]).toContain('2019166');
  expect((await post('domains.dns.getHosts', where)).elements('host')).toHaveLength(1);
  expect(
    (await post('domains.getInfo', { DomainName: 'sub.example.com' })).elements('DnsDetails'),
  ).toMatchObject([{ ProviderType: 'FreeDNS' }]);
});
