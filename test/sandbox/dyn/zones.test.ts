import { beforeEach, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { rrsetOf } from '../../../src/dns/rrset.ts';
import { ask } from '../emulator-world.ts';
import { field, openAccount, type TestAccount, type TestSession } from './account.ts';

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

const sub = { rname: 'admin@example.com', ttl: '1800', serial_style: 'day' };

test('a new zone is on the servers once it is published', async () => {
  const made = await session.send('POST', 'Zone/sub.example.net/', sub);
  expect(made.data).toEqual({
    zone_type: 'Primary',
    serial_style: 'day',
    serial: 0,
    zone: 'sub.example.net',
  });
  expect(made.messages[1]).toBe(
    'create: New zone sub.example.net created.  Publish it to put it on our server.',
  );
  expect(answers('sub.example.net', 'SOA')).toBe('NXDOMAIN');
  const published = await session.send('PUT', 'Zone/sub.example.net', { publish: true });
  expect(published.messages).toEqual(['publish: sub.example.net published']);
  const serial = Number(field(published.data, 'serial'));
  expect(String(serial)).toMatch(/^20\d{6}00$/);
  expect(answers('sub.example.net', 'SOA')).toEqual([
    `ns1.p01.dynect.net. admin.example.com. ${serial} 3600 600 604800 1800`,
  ]);
  expect(answers('sub.example.net', 'NS')).toEqual([1, 2, 3, 4].map(n => `ns${n}.p01.dynect.net.`));
  const again = await session.send('PUT', 'Zone/sub.example.net/', { publish: 'Y', notes: 'again' });
  expect(field(again.data, 'serial')).toBe(serial + 1);
  const got = await session.send('GET', 'Zone/sub.example.net');
  expect(got.data).toEqual({
    zone_type: 'Primary',
    serial_style: 'day',
    serial: serial + 1,
    zone: 'sub.example.net',
  });
});

test('zones are listed, one that is there is not made again', async () => {
  expect((await session.send('GET', 'Zone')).data).toEqual(['/REST/Zone/example.net/']);
  const again = await session.send('POST', 'Zone/EXAMPLE.net', sub);
  expect([again.http, again.messages]).toEqual([
    400,
    ['TARGET_EXISTS name: Name already exists', 'create: You already have this zone.'],
  ]);
});

test.each<readonly [string, string, unknown, string]>([
  ['without mailbox', 'a.example.com', { ttl: '60' }, 'MISSING_DATA rname: Required field is missing'],
  ['without TTL', 'a.example.com', { rname: 'a@example.com' }, 'MISSING_DATA ttl: Required field is missing'],
  [
    'with a TTL that is none',
    'a.example.com',
    { ...sub, ttl: 'long' },
    'INVALID_DATA ttl: Not a valid number',
  ],
  [
    'with a style that is none',
    'a.example.com',
    { ...sub, serial_style: 'x' },
    'INVALID_DATA serial_style: Not a valid style',
  ],
  ['of one label', 'com', sub, 'INVALID_DATA name: Not a valid zone name'],
  ['with an empty label', 'a..com', sub, 'INVALID_DATA name: Not a valid domain name'],
])('a zone %s is refused', async (_, name, body, message) => {
  const answer = await session.send('POST', `Zone/${name}/`, body);
  expect([answer.http, answer.messages[0]]).toEqual([400, message]);
});

test('a zone that is not there is not found', async () => {
  const answer = await session.send('GET', 'Zone/unknown.net/');
  expect([answer.http, answer.messages[0]]).toEqual([404, 'NOT_FOUND zone: No such zone']);
});

test('a deleted zone leaves the account and the servers at once', async () => {
  expect((await session.send('DELETE', 'Zone/example.net/')).http).toBe(200);
  expect((await session.send('GET', 'Zone/')).data).toEqual([]);
  expect(answers('example.net', 'SOA')).toBe('REFUSED');
});

test('a frozen zone takes no changes', async () => {
  await session.send('PUT', 'Zone/example.net/', { freeze: true });
  const record = { rdata: { address: '192.0.2.9' }, ttl: 60 };
  const frozen = await session.send('POST', 'ARecord/example.net/a.example.net/', record);
  expect(frozen.messages[0]).toBe('ILLEGAL_OPERATION zone: Zone is frozen');
  await session.send('PUT', 'Zone/example.net/', { thaw: true });
  expect((await session.send('POST', 'ARecord/example.net/a.example.net/', record)).http).toBe(200);
});

test('a task runs until the servers show the publication, and can block the zone', async () => {
  account = await openAccount({ blocksDuringTasks: true }, 1000);
  await account.world.time.pass(1000);
  session = await account.login();
  const published = await session.send('PUT', 'Zone/example.net/', { publish: true });
  const task = String(field(published.data, 'task_id'));
  expect(field((await session.send('GET', `Task/${task}/`)).data, 'status')).toBe('running');
  const blocked = await session.send('PUT', 'Zone/example.net/', { publish: true });
  expect(blocked.messages).toEqual([
    'ILLEGAL_OPERATION zone: Operation blocked by current task',
    'task_name: ProvisionZone',
    `task_id: ${task}`,
  ]);
  await account.world.time.pass(1000);
  expect(field((await session.send('GET', `Task/${task}`)).data, 'status')).toBe('complete');
  expect((await session.send('PUT', 'Zone/example.net/', { publish: true })).http).toBe(200);
});

test('somebody else can change a zone', () => {
  account.emulator.put(parseName('example.net'), rrsetOf(parseName('x.example.net'), 'A', 60, '192.0.2.7'));
  expect(answers('x.example.net', 'A')).toEqual(['192.0.2.7']);
  expect(answers('www.example.net', 'A')).toEqual(['192.0.2.1']);
});
