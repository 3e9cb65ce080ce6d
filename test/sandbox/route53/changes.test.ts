import {
  type Change,
  ChangeResourceRecordSetsCommand,
  type ChangeResourceRecordSetsCommandOutput,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { beforeEach, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { rrsetOf } from '../../../src/dns/rrset.ts';
import { ask } from '../emulator-world.ts';
import { openAccount, refusal, type TestAccount } from './account.ts';

let account: TestAccount;
let id: string;

beforeEach(async () => {
  account = await openAccount();
  id = account.emulator.seedZone({
    name: parseName('example.com'),
    rrsets: [
      rrsetOf(parseName('www.example.com'), 'A', 300, '192.0.2.1', '192.0.2.2'),
      rrsetOf(parseName('alias.example.com'), 'CNAME', 300, 'www.example.com.'),
    ],
  });
});

function send(...changes: readonly Change[]): Promise<ChangeResourceRecordSetsCommandOutput> {
  return account
    .client()
    .send(new ChangeResourceRecordSetsCommand({ HostedZoneId: id, ChangeBatch: { Changes: [...changes] } }));
}

function set(name: string, type: string, ttl: number, ...values: readonly string[]): ResourceRecordSet {
  const known = (['A', 'NS', 'CNAME', 'TXT', 'SOA', 'DS', 'MX', 'AAAA', 'CAA', 'SSHFP'] as const).find(
    each => each === type,
  );
  return { Name: name, Type: known, TTL: ttl, ResourceRecords: values.map(value => ({ Value: value })) };
}

function create(name: string, type: string, ttl: number, ...values: readonly string[]): Change {
  return { Action: 'CREATE', ResourceRecordSet: set(name, type, ttl, ...values) };
}

function remove(name: string, type: string, ttl: number, ...values: readonly string[]): Change {
  return { Action: 'DELETE', ResourceRecordSet: set(name, type, ttl, ...values) };
}

function upsert(name: string, type: string, ttl: number, ...values: readonly string[]): Change {
  return { Action: 'UPSERT', ResourceRecordSet: set(name, type, ttl, ...values) };
}

/** Every record set, as `name type ttl values`. */
function held(): readonly string[] {
  return account.emulator
    .rrsets(id)
    .map(({ owner, type, ttl, data }) => `${owner} ${type} ${ttl} ${data.join(' ')}`);
}

/** An answer for example.com with its apex sets left out. */
function own(): readonly string[] {
  return held().filter(line => !line.startsWith('example.com.'));
}

const server = (): string => account.emulator.zones()[0]?.nameServers[0] ?? '';

test('a delegation is written and read back', async () => {
  const servers = ['ns-1.awsdns-00.com.', 'ns-600.awsdns-11.net'];
  const sent = await send(create('dev.example.com', 'NS', 300, ...servers));
  expect(sent.ChangeInfo?.Status).toBe('PENDING');
  const listed = await account.client().send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: id,
      StartRecordName: 'dev.example.com',
      MaxItems: 1,
    }),
  );
  expect(listed.ResourceRecordSets).toEqual([{ ...set('dev.example.com.', 'NS', 300, ...servers) }]);
  expect(own()).toContain('dev.example.com. NS 300 ns-1.awsdns-00.com. ns-600.awsdns-11.net.');
});

test('a change in the zone is answered by its name servers', async () => {
  await send(upsert('www.example.com', 'A', 60, '192.0.2.9'));
  expect(ask(account.world, parseName(server()), parseName('www.example.com'), 'A')).toEqual(['192.0.2.9']);
});

const what = "[name='www.example.com.', type='A']";

test.each<readonly [string, () => readonly Change[], string]>([
  [
    'CREATE of what is there',
    () => [create('www.example.com', 'A', 60, '192.0.2.3')],
    `Tried to create resource record set ${what} but it already exists`,
  ],
  [
    'DELETE of what is not there',
    () => [remove('none.example.com', 'A', 60, '192.0.2.3')],
    "Tried to delete resource record set [name='none.example.com.', type='A'] but it was not found",
  ],
  [
    'DELETE with a part of the values',
    () => [remove('www.example.com', 'A', 300, '192.0.2.1')],
    `Tried to delete resource record set ${what} but the values provided do not match the current values`,
  ],
  [
    'DELETE with another TTL',
    () => [remove('www.example.com', 'A', 301, '192.0.2.1', '192.0.2.2')],
    `Tried to delete resource record set ${what} but the values provided do not match the current values`,
  ],
  [
    'a name outside',
    () => [create('www.example.net', 'A', 60, '192.0.2.3')],
    'RRSet with DNS name www.example.net. is not permitted in zone example.com.',
  ],
  [
    'CNAME beside A',
    () => [create('www.example.com', 'CNAME', 60, 'other.example.com')],
    'RRSet of type CNAME with DNS name www.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com.',
  ],
  [
    'NS beside CNAME',
    () => [create('alias.example.com', 'NS', 60, 'ns1.example.net')],
    'RRSet of type NS with DNS name alias.example.com. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.com.',
  ],
  [
    'CNAME at the apex',
    () => [create('example.com', 'CNAME', 60, 'other.example.com')],
    'RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.',
  ],
  [
    'two creations of one set',
    () => [create('n.example.com', 'TXT', 60, '"a"'), create('n.example.com', 'TXT', 60, '"b"')],
    "The request contains an invalid set of changes for a resource record set 'TXT n.example.com.'",
  ],
  [
    'the same deleted twice',
    () => [
      remove('www.example.com', 'A', 300, '192.0.2.1', '192.0.2.2'),
      remove('www.example.com', 'A', 300, '192.0.2.1', '192.0.2.2'),
    ],
    "The request contains an invalid set of changes for a resource record set 'A www.example.com.'",
  ],
  [
    'an address that is none',
    () => [create('n.example.com', 'A', 60, '192.0.2.300')],
    "Invalid Resource Record: FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '192.0.2.300'",
  ],
  [
    'text without quotes',
    () => [create('n.example.com', 'TXT', 60, 'text')],
    "Invalid Resource Record: FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'text'",
  ],
  [
    'a server name with an empty label',
    () => [create('n.example.com', 'NS', 60, 'ns1..example.net')],
    "Invalid Resource Record: FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'ns1..example.net'",
  ],
  [
    'one value twice',
    () => [create('n.example.com', 'A', 60, '192.0.2.3', '192.0.2.3')],
    "Duplicate Resource Record: '192.0.2.3'",
  ],
  [
    'more than 1000 records',
    () => Array.from({ length: 501 }, (_, at) => upsert(`n${at}.example.com`, 'A', 60, '192.0.2.3')),
    'Number of records limit of 1000 exceeded.',
  ],
  [
    'more than 32000 characters',
    () =>
      Array.from({ length: 101 }, (_, at) => upsert(`n${at}.example.com`, 'TXT', 60, `"${'x'.repeat(157)}"`)),
    'Number of characters limit of 32000 exceeded.',
  ],
])('%s is refused', async (_, changes, message) => {
  const before = held();
  const good = create('good.example.com', 'A', 60, '192.0.2.7');
  const [status, code, text] = await refusal(send(good, ...changes()));
  expect([status, code]).toEqual([400, 'InvalidChangeBatch']);
  expect(text).toContain(message);
  expect(held()).toEqual(before);
});

test('all problems of a batch are told at once', async () => {
  const [, , text] = await refusal(
    send(create('www.example.com', 'A', 60, '192.0.2.3'), create('www.example.net', 'A', 60, '192.0.2.3')),
  );
  expect(text).toBe(
    `[Tried to create resource record set ${what} but it already exists, RRSet with DNS name www.example.net. is not permitted in zone example.com.]`,
  );
});

test('the apex keeps its SOA and an NS set', async () => {
  const [ns, soa] = ['NS', 'SOA'].map(type =>
    account.emulator.zones()[0]?.records.get(`example.com. ${type} `),
  );
  const [nsValues, soaValues] = [ns?.values ?? [], soa?.values ?? []];
  expect((await refusal(send(remove('example.com', 'NS', 172_800, ...nsValues))))[2]).toBe(
    '[A HostedZone must contain at least one NS record for the zone itself.]',
  );
  expect((await refusal(send(remove('example.com', 'SOA', 900, ...soaValues))))[2]).toBe(
    '[A HostedZone must contain exactly one SOA record.]',
  );
  await send(remove('example.com', 'NS', 172_800, ...nsValues), create('example.com', 'NS', 60, ...nsValues));
  await send(upsert('example.com', 'SOA', 60, ...soaValues));
  expect(held()[0]).toMatch(/^example\.com\. SOA 60 /);
});

test('delete and create in one batch replace exactly what was seen', async () => {
  await send(
    remove('www.example.com', 'A', 300, '192.0.2.2', '192.0.2.1'),
    create('www.example.com', 'A', 60, '192.0.2.9'),
  );
  expect(own()).toContain('www.example.com. A 60 192.0.2.9');
  await refusal(
    send(
      remove('www.example.com', 'A', 300, '192.0.2.2', '192.0.2.1'),
      create('www.example.com', 'A', 60, '192.0.2.10'),
    ),
  );
  expect(own()).toContain('www.example.com. A 60 192.0.2.9');
});

test('a CNAME takes the place of an address when the address is deleted before it', async () => {
  const gone = remove('www.example.com', 'A', 300, '192.0.2.1', '192.0.2.2');
  const made = create('www.example.com', 'CNAME', 60, 'other.example.net');
  expect((await refusal(send(made, gone)))[1]).toBe('InvalidChangeBatch');
  await send(gone, made);
  expect(own()).toContain('www.example.com. CNAME 60 other.example.net.');
});

test('record sets are listed in the order of reversed labels, wildcards in octal, a page at a time', async () => {
  await send(
    create('*.example.com', 'A', 60, '192.0.2.3'),
    create('b.a.example.com', 'TXT', 60, '"x"'),
    create('a.example.com', 'TXT', 60, '"x"'),
    create('a.example.com', 'A', 60, '192.0.2.3'),
    create('a/b.example.com', 'A', 60, '192.0.2.3'),
    create('a-b.example.com', 'A', 60, '192.0.2.3'),
  );
  const names: string[] = [];
  let start: Pick<ResourceRecordSet, 'Name' | 'Type'> = { Name: undefined, Type: undefined };
  do {
    const page = await account.client().send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: id,
        MaxItems: 3,
        StartRecordName: start.Name,
        StartRecordType: start.Type,
      }),
    );
    expect(page.ResourceRecordSets?.length).toBeLessThanOrEqual(3);
    names.push(...(page.ResourceRecordSets ?? []).map(each => `${each.Name} ${each.Type}`));
    start = { Name: page.NextRecordName, Type: page.NextRecordType };
    expect(page.IsTruncated).toBe(start.Name !== undefined);
  } while (start.Name !== undefined);
  expect(names).toEqual([
    'example.com. NS',
    'example.com. SOA',
    '\\052.example.com. A',
    'a-b.example.com. A',
    'a.example.com. A',
    'a.example.com. TXT',
    'b.a.example.com. TXT',
    'a\\057b.example.com. A',
    'alias.example.com. CNAME',
    'www.example.com. A',
  ]);
});

test('a page holds 300 record sets at most', async () => {
  await send(...Array.from({ length: 400 }, (_, at) => create(`n${at}.example.com`, 'A', 60, '192.0.2.3')));
  const page = await account
    .client()
    .send(new ListResourceRecordSetsCommand({ HostedZoneId: id, MaxItems: 1000 }));
  expect([page.ResourceRecordSets?.length, page.MaxItems, page.IsTruncated]).toEqual([300, 300, true]);
});

test('a start type needs a start name', async () => {
  const sent = account
    .client()
    .send(new ListResourceRecordSetsCommand({ HostedZoneId: id, StartRecordType: 'A' }));
  expect((await refusal(sent)).slice(0, 2)).toEqual([400, 'InvalidInput']);
});

test('an empty batch and a set without values are refused as a whole', async () => {
  expect((await refusal(send()))[1]).toBe('InvalidInput');
  const bare: Change = { Action: 'CREATE', ResourceRecordSet: { Name: 'n.example.com', Type: 'A', TTL: 60 } };
  expect((await refusal(send(bare)))[1]).toBe('InvalidInput');
});

test('weighted sets of one name live side by side, but not with a plain one', async () => {
  const weighted = (identifier: string, value: string): Change => ({
    Action: 'CREATE',
    ResourceRecordSet: { ...set('w.example.com', 'A', 60, value), SetIdentifier: identifier, Weight: 1 },
  });
  await send(weighted('one', '192.0.2.3'), weighted('two', '192.0.2.4'));
  expect(own()).toContain('w.example.com. A 60 192.0.2.3 192.0.2.4');
  expect((await refusal(send(create('w.example.com', 'A', 60, '192.0.2.5'))))[1]).toBe('InvalidChangeBatch');
});

test('an alias shows no TTL and answers what it points at', async () => {
  await send({
    Action: 'CREATE',
    ResourceRecordSet: {
      Name: 'example.com',
      Type: 'A',
      AliasTarget: { HostedZoneId: id, DNSName: 'www.example.com.', EvaluateTargetHealth: false },
    },
  });
  expect(ask(account.world, parseName(server()), parseName('example.com'), 'A')).toEqual([
    '192.0.2.1',
    '192.0.2.2',
  ]);
});

test('a zone that is busy with a change refuses another', async () => {
  account = await openAccount({ processingMs: 500 });
  id = account.emulator.seedZone({ name: parseName('example.com') });
  const first = send(create('a.example.com', 'A', 60, '192.0.2.3'));
  let second: readonly [number | undefined, string, string] | null = null;
  const later = refusal(send(create('b.example.com', 'A', 60, '192.0.2.3'))).then(found => {
    second = found;
  });
  await later;
  expect(second).toEqual([
    400,
    'PriorRequestNotComplete',
    'The request was rejected because Route 53 was still processing a prior request.',
  ]);
  await account.world.time.pass(500);
  await first;
  expect(own()).toEqual(['a.example.com. A 60 192.0.2.3']);
});

test('answers and errors are spelled as the service spells them', async () => {
  account = await openAccount();
  id = account.emulator.seedZone({
    name: parseName('example.com'),
    nameServers: account.world.nameServers.names.slice(0, 2),
    rrsets: [rrsetOf(parseName('_acme-challenge.example.com'), 'TXT', 3600, '"token"')],
  });
  const [one, two] = account.world.nameServers.names;
  await account.client().send(new ListResourceRecordSetsCommand({ HostedZoneId: id }));
  const head = '<?xml version="1.0"?>\n';
  const namespace = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"';
  const record = (value: string): string => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`;
  expect(account.lastBody()).toBe(
    `${head}<ListResourceRecordSetsResponse ${namespace}><ResourceRecordSets>` +
      `<ResourceRecordSet><Name>example.com.</Name><Type>NS</Type><TTL>172800</TTL><ResourceRecords>${record(`${one}`)}${record(`${two}`)}</ResourceRecords></ResourceRecordSet>` +
      `<ResourceRecordSet><Name>example.com.</Name><Type>SOA</Type><TTL>900</TTL><ResourceRecords>${record(`${one} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`)}</ResourceRecords></ResourceRecordSet>` +
      `<ResourceRecordSet><Name>_acme-challenge.example.com.</Name><Type>TXT</Type><TTL>3600</TTL><ResourceRecords>${record('&quot;token&quot;')}</ResourceRecords></ResourceRecordSet>` +
      '</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>300</MaxItems></ListResourceRecordSetsResponse>',
  );
  await refusal(send(create('a.example.net', 'A', 60, '192.0.2.3')));
  expect(account.lastBody()).toMatch(
    new RegExp(
      `^<\\?xml version="1.0"\\?>\\n<ErrorResponse ${namespace}><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>\\[RRSet with DNS name a.example.net. is not permitted in zone example.com.\\]</Message></Error><RequestId>[0-9a-f-]{36}</RequestId></ErrorResponse>$`,
    ),
  );
});

test('types that the sandbox does not serve are kept as they were sent', async () => {
  await send(create('host.example.com', 'SSHFP', 60, '1 1 123456789ABCDEF67890123456789ABCDEF67890'));
  const listed = await account.client().send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: id,
      StartRecordName: 'host.example.com',
      MaxItems: 1,
    }),
  );
  expect(listed.ResourceRecordSets?.[0]).toEqual(
    set('host.example.com.', 'SSHFP', 60, '1 1 123456789ABCDEF67890123456789ABCDEF67890'),
  );
  expect(ask(account.world, parseName(server()), parseName('host.example.com'), 'SSHFP')).toBe('NXDOMAIN');
});
