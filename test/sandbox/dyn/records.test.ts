import { beforeEach, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { ask } from '../emulator-world.ts';
import { type Answered, field, openAccount, type TestAccount, type TestSession } from './account.ts';

let account: TestAccount;
let session: TestSession;

beforeEach(async () => {
  account = await openAccount();
  session = await account.login();
});

const ns1 = parseName('ns1.p01.dynect.net');

function answers(name: string, type: string): readonly string[] | string | null {
  return ask(account.world, ns1, parseName(name), type);
}

function publish(): Promise<Answered> {
  return session.send('PUT', 'Zone/example.net/', { publish: true });
}

const servers = ['ns-1.awsdns-00.com.', 'ns-600.awsdns-11.net.'];
const rows = servers.map(nsdname => ({ rdata: { nsdname }, ttl: 300 }));

test('a record is staged by one session, seen by it alone and served once published', async () => {
  const added = await session.send('POST', 'ARecord/example.net/a.example.net', {
    rdata: { address: '192.0.2.9' },
    ttl: '60',
  });
  expect(added.text).toMatch(
    /^\{"status": "success", "data": \{"zone": "example\.net", "ttl": 60, "fqdn": "a\.example\.net", "record_type": "A", "rdata": \{"address": "192\.0\.2\.9"\}, "record_id": 0\}, "job_id": \d+, "msgs": \[\{"INFO": "add: Record added", "SOURCE": "BLL", "ERR_CD": null, "LVL": "INFO"\}\]\}$/,
  );
  const other = await account.login();
  expect((await other.send('GET', 'ARecord/example.net/a.example.net/')).http).toBe(404);
  expect((await session.send('GET', 'ARecord/example.net/a.example.net/')).data).toHaveLength(1);
  expect(answers('a.example.net', 'A')).toBe('NXDOMAIN');
  await publish();
  expect((await other.send('GET', 'ARecord/example.net/a.example.net/')).data).toHaveLength(1);
  expect(answers('a.example.net', 'A')).toEqual(['192.0.2.9']);
});

test('a delegation replaces the NS set of a node as a whole', async () => {
  const put = await session.send('PUT', 'NSRecord/example.net/dev.example.net/', { NSRecords: rows });
  expect(put.http).toBe(200);
  await publish();
  const detail = await session.send('GET', 'NSRecord/example.net/dev.example.net/?detail=Y');
  expect(detail.data).toMatchObject(
    servers.map(nsdname => ({ fqdn: 'dev.example.net', ttl: 300, record_type: 'NS', rdata: { nsdname } })),
  );
  await session.send('PUT', 'NSRecord/example.net/dev.example.net/', { NSRecords: rows.slice(0, 1) });
  await publish();
  expect((await session.send('GET', 'NSRecord/example.net/dev.example.net/')).data).toHaveLength(1);
  await session.send('DELETE', 'NSRecord/example.net/dev.example.net/');
  await publish();
  expect((await session.send('GET', 'NSRecord/example.net/dev.example.net/')).http).toBe(404);
  expect(answers('www.example.net', 'A')).toEqual(['192.0.2.1']);
});

test('the zone tree lists every record, whole on demand', async () => {
  const tree = await session.send('GET', 'AllRecord/example.net');
  expect(tree.messages).toEqual(['get_tree: Here is your zone tree']);
  const uris = (Array.isArray(tree.data) ? tree.data : []).map(String);
  expect(uris).toHaveLength(8);
  for (const uri of uris) {
    expect(uri).toMatch(/^\/REST\/(SOA|NS|A|MX|TXT)Record\/example\.net\/(www\.)?example\.net\/\d+$/);
    const record = await session.send('GET', uri);
    expect([record.http, record.messages]).toEqual([200, ['get: Found the record']]);
    expect(String(field(record.data, 'record_id'))).toBe(uri.split('/').at(-1));
  }
  const detail = await session.send('GET', 'AllRecord/example.net/?detail=Y');
  expect(Object.keys(Object(detail.data)).sort()).toEqual([
    'a_records',
    'mx_records',
    'ns_records',
    'soa_records',
    'txt_records',
  ]);
  const below = await session.send('GET', 'AllRecord/example.net/www.example.net/');
  expect(below.data).toHaveLength(1);
  const nothing = await session.send('GET', 'AllRecord/example.net/unknown.example.net');
  expect([nothing.http, nothing.messages]).toEqual([
    404,
    ['NOT_FOUND node: Node is not in the zone', 'get_tree: Node name not found within the zone'],
  ]);
});

test('records of every type come out as they went in', async () => {
  const records: readonly (readonly [string, Readonly<Record<string, string | number>>, string])[] = [
    ['AAAA', { address: '2001:db8::1' }, '2001:db8::1'],
    ['CAA', { flags: 0, tag: 'issue', value: 'ca.example.com' }, '0 issue "ca.example.com"'],
    [
      'DS',
      { keytag: 12345, algorithm: 13, digtype: 2, digest: 'ab'.repeat(32) },
      `12345 13 2 ${'ab'.repeat(32)}`,
    ],
    ['MX', { preference: 5, exchange: 'mail.example.com.' }, '5 mail.example.com.'],
    ['PTR', { ptrdname: 'host.example.com.' }, 'host.example.com.'],
    ['SRV', { priority: 1, weight: 2, port: 3, target: 'sip.example.com.' }, '1 2 3 sip.example.com.'],
    ['TXT', { txtdata: 'a "quoted" text' }, '"a \\"quoted\\" text"'],
  ];
  for (const [type, rdata] of records) {
    const answer = await session.send('POST', `${type}Record/example.net/n.example.net/`, { rdata, ttl: 60 });
    expect([type, answer.http, field(answer.data, 'rdata')]).toEqual([type, 200, rdata]);
  }
  await publish();
  for (const [type, , text] of records) {
    expect([type, answers('n.example.net', type)].map(String)).toEqual([type, text]);
  }
  const cname = { rdata: { cname: 'www.example.net' }, ttl: 60 };
  await session.send('POST', 'CNAMERecord/example.net/c.example.net/', cname);
  await publish();
  expect(answers('c.example.net', 'CNAME')).toEqual(['www.example.net.']);
});

test('a TTL of 0 is that of the zone', async () => {
  const answer = await session.send('POST', 'ARecord/example.net/a.example.net/', {
    rdata: { address: '192.0.2.9' },
    ttl: '0',
  });
  expect(field(answer.data, 'ttl')).toBe(3600);
});

test.each<readonly [string, string, string, unknown, string]>([
  [
    'one that is there',
    'ARecord',
    'www',
    { rdata: { address: '192.0.2.1' } },
    'TARGET_EXISTS make: Cannot duplicate existing record data',
  ],
  [
    'an address that is none',
    'ARecord',
    'a',
    { rdata: { address: '192.0.2.300' } },
    'INVALID_DATA address: Not a valid IP address',
  ],
  ['one without data', 'ARecord', 'a', { ttl: 60 }, 'MISSING_DATA address: Required field is missing'],
  [
    'a server name that is none',
    'NSRecord',
    'a',
    { rdata: { nsdname: 'a..b' } },
    'INVALID_DATA nsdname: Not a valid domain name',
  ],
  [
    'a number that is none',
    'MXRecord',
    'a',
    { rdata: { preference: 'x', exchange: 'a.b.' } },
    'INVALID_DATA preference: Not a valid number',
  ],
  [
    'a CNAME beside others',
    'CNAMERecord',
    'www',
    { rdata: { cname: 'a.b.' } },
    'ILLEGAL_OPERATION make: CNAME cannot be at a node with other records',
  ],
  [
    'a second SOA',
    'SOARecord',
    'a',
    { rdata: {} },
    'ILLEGAL_OPERATION SOA: A zone has exactly one SOA record',
  ],
  [
    'a TTL that is none',
    'ARecord',
    'a',
    { rdata: { address: '192.0.2.9' }, ttl: '-1' },
    'INVALID_DATA ttl: Not a valid number',
  ],
])('%s is refused', async (_, resource, label, body, message) => {
  const answer = await session.send('POST', `${resource}/example.net/${label}.example.net/`, body);
  expect([answer.http, answer.messages[0]]).toEqual([400, message]);
  expect((await session.send('GET', 'ZoneChanges/example.net/')).data).toEqual([]);
});

test('a node outside the zone is refused', async () => {
  const answer = await session.send('POST', 'ARecord/example.net/a.example.com/', {
    rdata: { address: '192.0.2.9' },
  });
  expect(answer.messages[0]).toContain('INVALID_DATA');
});

test('staged changes are listed and can be discarded', async () => {
  await session.send('PUT', 'NSRecord/example.net/dev.example.net/', { NSRecords: rows });
  expect((await session.send('GET', 'ZoneChanges/example.net/')).data).toMatchObject([
    { fqdn: 'dev.example.net', type: 'NS', zone: 'example.net' },
    { fqdn: 'dev.example.net', type: 'NS', zone: 'example.net' },
  ]);
  await session.send('DELETE', 'ZoneChanges/example.net/');
  await publish();
  expect((await session.send('GET', 'NSRecord/example.net/dev.example.net/')).http).toBe(404);
});

test('two sessions publish what each has staged', async () => {
  const other = await account.login();
  await session.send('POST', 'ARecord/example.net/a.example.net/', { rdata: { address: '192.0.2.8' } });
  await other.send('POST', 'ARecord/example.net/b.example.net/', { rdata: { address: '192.0.2.9' } });
  await publish();
  expect([answers('a.example.net', 'A'), answers('b.example.net', 'A')]).toEqual([['192.0.2.8'], 'NXDOMAIN']);
  await other.send('PUT', 'Zone/example.net/', { publish: true });
  expect([answers('a.example.net', 'A'), answers('b.example.net', 'A')]).toEqual([
    ['192.0.2.8'],
    ['192.0.2.9'],
  ]);
});

test('one record of a set is deleted by its identifier, a node with all below it', async () => {
  await session.send('PUT', 'NSRecord/example.net/dev.example.net/', { NSRecords: rows });
  await session.send('POST', 'ARecord/example.net/a.dev.example.net/', { rdata: { address: '192.0.2.8' } });
  await publish();
  const uris = (await session.send('GET', 'NSRecord/example.net/dev.example.net/')).data;
  await session.send('DELETE', String(field(uris, '0')));
  expect((await session.send('GET', 'NSRecord/example.net/dev.example.net/')).data).toHaveLength(1);
  await session.send('DELETE', 'Node/example.net/dev.example.net/');
  expect((await session.send('GET', 'AllRecord/example.net/dev.example.net/')).http).toBe(404);
  expect((await session.send('DELETE', 'Node/example.net/dev.example.net/')).http).toBe(404);
  expect((await session.send('GET', 'NodeList/example.net/')).data).toEqual([
    'example.net',
    'www.example.net',
  ]);
});

test('the service keeps its own name servers at the apex', async () => {
  const put = await session.send('PUT', 'NSRecord/example.net/example.net/', { NSRecords: rows });
  expect(put.messages[0]).toBe('ILLEGAL_OPERATION NS: The core name servers of a zone cannot be changed');
  const removed = await session.send('DELETE', 'NSRecord/example.net/example.net/');
  expect(removed.http).toBe(400);
});

test('the SOA can get another mailbox and MINIMUM', async () => {
  const body = { rdata: { rname: 'dns@example.com.', minimum: '60' }, ttl: '120' };
  expect((await session.send('PUT', 'SOARecord/example.net/example.net/', body)).http).toBe(200);
  await publish();
  expect(String(answers('example.net', 'SOA'))).toMatch(
    /^ns1\.p01\.dynect\.net\. dns\.example\.com\. \d+ 3600 600 604800 60$/,
  );
});
