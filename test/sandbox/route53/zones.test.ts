import {
  CreateHostedZoneCommand,
  type CreateHostedZoneCommandOutput,
  CreateReusableDelegationSetCommand,
  DeleteHostedZoneCommand,
  DeleteReusableDelegationSetCommand,
  GetChangeCommand,
  GetDNSSECCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { rrsetOf } from '../../../src/dns/rrset.ts';
import { ask } from '../emulator-world.ts';
import { openAccount, refusal } from './account.ts';

let references = 0;

function create(
  client: Route53Client,
  name: string,
  reference?: string,
): Promise<CreateHostedZoneCommandOutput> {
  references += 1;
  return client.send(
    new CreateHostedZoneCommand({ Name: name, CallerReference: reference ?? `reference-${references}` }),
  );
}

function serversOf(made: CreateHostedZoneCommandOutput): readonly string[] {
  return made.DelegationSet?.NameServers ?? [];
}

test('a new zone has an identifier, SOA, NS and one name server below each of four domains', async () => {
  const { world, client } = await openAccount();
  const made = await create(client(), 'staging.example.com');
  expect(made.$metadata.httpStatusCode).toBe(201);
  expect(made.HostedZone?.Id).toMatch(/^\/hostedzone\/Z[0-9A-Z]{13,20}$/);
  expect(made.HostedZone?.Name).toBe('staging.example.com.');
  expect(made.HostedZone?.ResourceRecordSetCount).toBe(2);
  expect(made.HostedZone?.Config).toEqual({ PrivateZone: false });
  expect(made.Location).toBe(`https://route53.amazonaws.com/2013-04-01${made.HostedZone?.Id}`);
  expect(made.ChangeInfo?.Id).toMatch(/^\/change\/C[0-9A-Z]{13,20}$/);
  const servers = serversOf(made);
  expect(servers.map(server => server.replace(/^ns-\d+\.awsdns-\d\d\./, '')).sort()).toEqual([
    'co.uk',
    'com',
    'net',
    'org',
  ]);
  const listed = await client().send(
    new ListResourceRecordSetsCommand({ HostedZoneId: made.HostedZone?.Id }),
  );
  expect(listed.ResourceRecordSets).toEqual([
    {
      Name: 'staging.example.com.',
      Type: 'NS',
      TTL: 172_800,
      ResourceRecords: servers.map(server => ({ Value: `${server}.` })),
    },
    {
      Name: 'staging.example.com.',
      Type: 'SOA',
      TTL: 900,
      ResourceRecords: [{ Value: `${servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400` }],
    },
  ]);
  for (const server of servers) {
    expect(ask(world, parseName(server), parseName('staging.example.com'), 'NS')).toEqual(
      servers.map(name => `${name}.`).sort(byCanonicalOctets),
    );
  }
});

/** The order in which an RRset keeps names: by their octets on the wire, where a label begins with its length. */
function byCanonicalOctets(a: string, b: string): number {
  const [left, right] = [wire(a), wire(b)];
  return left < right ? -1 : 1;
}

function wire(name: string): string {
  return name
    .split('.')
    .map(label => `${String.fromCharCode(label.length)}${label}`)
    .join('');
}

test('a reference makes one zone only, also after that zone is gone', async () => {
  const { client } = await openAccount();
  const made = await create(client(), 'one.example.com', 'the-reference');
  const again = [
    409,
    'HostedZoneAlreadyExists',
    'A hosted zone has already been created with the specified caller reference.',
  ];
  expect(await refusal(create(client(), 'one.example.com', 'the-reference'))).toEqual(again);
  await client().send(new DeleteHostedZoneCommand({ Id: made.HostedZone?.Id }));
  expect(await refusal(create(client(), 'one.example.com', 'the-reference'))).toEqual(again);
});

test('zones of one name, above and below one another share no name server', async () => {
  const { client } = await openAccount();
  const names = ['example.com', 'example.com', 'a.example.com', 'b.a.example.com', 'example.com'];
  const servers: string[] = [];
  for (const name of names) {
    servers.push(...serversOf(await create(client(), name)));
  }
  expect(new Set(servers).size).toBe(4 * names.length);
});

test('the pool ends, and then there is no further zone of that name', async () => {
  const { client } = await openAccount();
  for (let zones = 0; zones < 8; zones += 1) {
    await create(client(), 'example.com');
  }
  expect((await refusal(create(client(), 'example.com'))).slice(0, 2)).toEqual([
    400,
    'DelegationSetNotAvailable',
  ]);
});

test.each([
  ['com', 'InvalidDomainName'],
  ['a..example.com', 'InvalidDomainName'],
  [`${'a'.repeat(64)}.example.com`, 'InvalidDomainName'],
  ['*.example.com', 'InvalidDomainName'],
])('a zone of %s is refused', async (name, code) => {
  const { client, emulator } = await openAccount();
  expect((await refusal(create(client(), name))).slice(0, 2)).toEqual([400, code]);
  expect(emulator.zones()).toEqual([]);
});

test('a change is pending until every server shows it', async () => {
  const { world, client } = await openAccount({}, 1000);
  const made = await create(client(), 'example.com');
  const status = async (): Promise<string | undefined> =>
    (await client().send(new GetChangeCommand({ Id: made.ChangeInfo?.Id }))).ChangeInfo?.Status;
  const [server = ''] = serversOf(made);
  expect(made.ChangeInfo?.Status).toBe('PENDING');
  expect([await status(), ask(world, parseName(server), parseName('example.com'), 'SOA')]).toEqual([
    'PENDING',
    'REFUSED',
  ]);
  await world.time.pass(999);
  expect(await status()).toBe('PENDING');
  await world.time.pass(1);
  expect(await status()).toBe('INSYNC');
  expect(ask(world, parseName(server), parseName('example.com'), 'SOA')).toHaveLength(1);
  expect((await refusal(client().send(new GetChangeCommand({ Id: 'C0NONE' })))).slice(0, 2)).toEqual([
    404,
    'NoSuchChange',
  ]);
});

test('zones are listed by name from a name onward, labels reversed, a page at a time', async () => {
  const { client, emulator } = await openAccount();
  const names = [
    'example.com',
    'a.example.com',
    'a-b.example.com',
    'example-x.com',
    'zone.net',
    'b.a.example.com',
  ];
  for (const name of names) {
    emulator.seedZone({ name: parseName(name), isPrivate: name === 'zone.net' });
  }
  const inOrder = [
    'example-x.com.',
    'example.com.',
    'a-b.example.com.',
    'a.example.com.',
    'b.a.example.com.',
    'zone.net.',
  ];
  const all = await client().send(new ListHostedZonesByNameCommand({}));
  expect(all.HostedZones?.map(zone => zone.Name)).toEqual(inOrder);
  expect(all.HostedZones?.map(zone => zone.Config?.PrivateZone)).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
  expect([all.IsTruncated, all.MaxItems]).toEqual([false, 100]);
  const page = await client().send(
    new ListHostedZonesByNameCommand({ DNSName: 'a.example.com', MaxItems: 1 }),
  );
  expect(page.HostedZones?.map(zone => zone.Name)).toEqual(['a.example.com.']);
  expect([page.DNSName, page.IsTruncated, page.NextDNSName]).toEqual([
    'a.example.com.',
    true,
    'b.a.example.com.',
  ]);
  const next = await client().send(
    new ListHostedZonesByNameCommand({ DNSName: page.NextDNSName, HostedZoneId: page.NextHostedZoneId }),
  );
  expect(next.HostedZones?.map(zone => zone.Name)).toEqual(['b.a.example.com.', 'zone.net.']);
  const between = await client().send(new ListHostedZonesByNameCommand({ DNSName: 'n.example.com' }));
  expect(between.HostedZones?.map(zone => zone.Name)).toEqual(['zone.net.']);
});

test('zones are listed by marker, each once', async () => {
  const { client, emulator } = await openAccount();
  for (let count = 0; count < 25; count += 1) {
    emulator.seedZone({ name: parseName(`z${count}.example.com`), nameServers: [], isPrivate: true });
  }
  const found: (string | undefined)[] = [];
  let marker: string | undefined;
  do {
    const page = await client().send(new ListHostedZonesCommand({ MaxItems: 10, Marker: marker }));
    found.push(...(page.HostedZones ?? []).map(zone => zone.Id));
    marker = page.NextMarker;
  } while (marker !== undefined);
  expect(new Set(found).size).toBe(25);
  expect(found).toHaveLength(25);
});

test('a zone with other records is not deleted, an empty one leaves the servers', async () => {
  const { world, client, emulator } = await openAccount();
  const made = await create(client(), 'example.com');
  const id = made.HostedZone?.Id?.slice('/hostedzone/'.length) ?? '';
  const server = parseName(serversOf(made)[0] ?? '');
  emulator.put(id, rrsetOf(parseName('www.example.com'), 'A', 60, '192.0.2.1'));
  expect((await refusal(client().send(new DeleteHostedZoneCommand({ Id: id })))).slice(0, 2)).toEqual([
    400,
    'HostedZoneNotEmpty',
  ]);
  emulator.remove(id, parseName('www.example.com'), 'A');
  await client().send(new DeleteHostedZoneCommand({ Id: id }));
  expect(ask(world, server, parseName('example.com'), 'SOA')).toBe('REFUSED');
  expect(await refusal(client().send(new GetHostedZoneCommand({ Id: id })))).toEqual([
    404,
    'NoSuchHostedZone',
    `No hosted zone found with ID: ${id}`,
  ]);
});

test('an account has a limit of zones', async () => {
  const { client } = await openAccount({ maxZones: 1 });
  await create(client(), 'one.example.com');
  expect((await refusal(create(client(), 'two.example.com'))).slice(0, 2)).toEqual([
    400,
    'TooManyHostedZones',
  ]);
});

test('a reusable delegation set gives its servers to zones that may share them', async () => {
  const { client } = await openAccount();
  const made = await client().send(new CreateReusableDelegationSetCommand({ CallerReference: 'set' }));
  const id = made.DelegationSet?.Id;
  const zone = (name: string): Promise<CreateHostedZoneCommandOutput> => {
    references += 1;
    return client().send(
      new CreateHostedZoneCommand({ Name: name, CallerReference: `set-${references}`, DelegationSetId: id }),
    );
  };
  expect(serversOf(await zone('example.com'))).toEqual(made.DelegationSet?.NameServers);
  expect(serversOf(await zone('example.net'))).toEqual(made.DelegationSet?.NameServers);
  expect((await refusal(zone('sub.example.com'))).slice(0, 2)).toEqual([400, 'ConflictingDomainExists']);
  expect(
    (await refusal(client().send(new DeleteReusableDelegationSetCommand({ Id: id })))).slice(0, 2),
  ).toEqual([400, 'DelegationSetInUse']);
  expect(
    (await refusal(client().send(new CreateReusableDelegationSetCommand({ CallerReference: 'set' })))).slice(
      0,
      2,
    ),
  ).toEqual([400, 'DelegationSetAlreadyCreated']);
});

test('a zone is not signed', async () => {
  const { client } = await openAccount();
  const made = await create(client(), 'example.com');
  const answer = await client().send(new GetDNSSECCommand({ HostedZoneId: made.HostedZone?.Id }));
  expect(answer.Status?.ServeSignature).toBe('NOT_SIGNING');
});
