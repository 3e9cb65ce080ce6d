import {
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  ListHostedZonesCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-route-53';
import { expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { key, openAccount, refusal } from './account.ts';

const list = (): ListHostedZonesCommand => new ListHostedZonesCommand({});

test.each([
  ['an unknown key', { accessKeyId: 'AKIANOBODY', secretAccessKey: key.secret }, 'InvalidClientTokenId'],
  ['a wrong secret', { accessKeyId: key.id, secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
  [
    'a session token that nobody gave',
    { accessKeyId: key.id, secretAccessKey: key.secret, sessionToken: 'token' },
    'InvalidClientTokenId',
  ],
])('%s is refused', async (_, credentials, code) => {
  const { client } = await openAccount();
  expect((await refusal(client({ credentials }).send(list()))).slice(0, 2)).toEqual([403, code]);
});

test('temporary credentials need their token', async () => {
  const { client } = await openAccount({ keys: [{ ...key, sessionToken: 'token' }] });
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  expect((await refusal(client({ credentials }).send(list())))[1]).toBe('InvalidClientTokenId');
  const answer = await client({ credentials: { ...credentials, sessionToken: 'token' } }).send(list());
  expect(answer.HostedZones).toEqual([]);
});

test('a signature for another region is refused', async () => {
  const { client } = await openAccount();
  const [status, code, message] = await refusal(client({ region: 'eu-west-1' }).send(list()));
  expect([status, code]).toEqual([403, 'SignatureDoesNotMatch']);
  expect(message).toContain('eu-west-1');
});

test.each([
  ['behind', -600_000, 'Signature expired'],
  ['ahead', 600_000, 'Signature not yet current'],
])('a clock ten minutes %s is refused', async (_, systemClockOffset, message) => {
  const { client } = await openAccount();
  const [status, code, text] = await refusal(client({ systemClockOffset }).send(list()));
  expect([status, code]).toEqual([403, 'SignatureDoesNotMatch']);
  expect(text).toContain(message);
});

test('a request without a signature, and one changed on the way, are refused', async () => {
  const { client, emulator, url } = await openAccount();
  const path = `${url}/2013-04-01/hostedzone`;
  const bare = await emulator.handle({ method: 'GET', url: path, headers: {}, body: null });
  expect(bare).toMatchObject({ status: 403 });
  const spoilt = client();
  spoilt.middlewareStack.add(
    next => args => {
      const request: unknown = Reflect.get(args, 'request');
      if (typeof request === 'object' && request !== null) {
        Reflect.set(request, 'query', { maxitems: '2' });
      }
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  expect((await refusal(spoilt.send(list())))[1]).toBe('SignatureDoesNotMatch');
});

test('a key with few rights is told what it lacks', async () => {
  const { client } = await openAccount({ keys: [{ ...key, user: 'reader', allows: ['ListHostedZones'] }] });
  await client().send(list());
  expect(
    await refusal(client().send(new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: 'r' }))),
  ).toEqual([
    403,
    'AccessDenied',
    'User: arn:aws:iam::123456789012:user/reader is not authorized to perform: route53:CreateHostedZone on resource: * because no identity-based policy allows the route53:CreateHostedZone action',
  ]);
});

test('fifty requests at once are let in, then ten a second', async () => {
  const { client, world } = await openAccount({
    rates: { all: { burst: 50, perSecond: 10 }, each: null, operations: {} },
  });
  const many = async (count: number): Promise<number> => {
    const results = await Promise.allSettled(Array.from({ length: count }, () => client().send(list())));
    return results.filter(result => result.status === 'fulfilled').length;
  };
  expect(await many(60)).toBe(50);
  expect(await refusal(client().send(list()))).toEqual([400, 'Throttling', 'Rate exceeded']);
  await world.time.pass(1000);
  expect(await many(20)).toBe(10);
});

test('an operation may have a smaller limit of its own', async () => {
  const { client } = await openAccount({
    rates: { all: null, each: null, operations: { CreateHostedZone: { burst: 1, perSecond: 1 } } },
  });
  const create = (name: string): Promise<unknown> =>
    client().send(new CreateHostedZoneCommand({ Name: name, CallerReference: name }));
  await create('one.example.com');
  expect((await refusal(create('two.example.com')))[1]).toBe('Throttling');
  await client().send(list());
});

test('an unknown operation and a body that is no XML are errors of the service', async () => {
  const { client, emulator } = await openAccount();
  emulator.seedZone({ name: parseName('example.com') });
  const elsewhere = client();
  elsewhere.middlewareStack.add(
    next => args => {
      const request: unknown = Reflect.get(args, 'request');
      if (typeof request === 'object' && request !== null) {
        Reflect.set(request, 'path', '/2013-04-01/nothing');
      }
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  expect((await refusal(elsewhere.send(list()))).slice(0, 2)).toEqual([404, 'UnknownOperationException']);
  const spoilt = client();
  spoilt.middlewareStack.add(
    next => args => {
      const request: unknown = Reflect.get(args, 'request');
      if (typeof request === 'object' && request !== null) {
        const length = String(Reflect.get(request, 'body')).length;
        Reflect.set(request, 'body', '<CreateHostedZoneRequest'.padEnd(length));
      }
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  const sent = spoilt.send(new CreateHostedZoneCommand({ Name: 'a.example.com', CallerReference: 'r' }));
  expect((await refusal(sent)).slice(0, 2)).toEqual([400, 'MalformedInput']);
  expect(emulator.zones()).toHaveLength(1);
});

test('tags are kept with their zone', async () => {
  const { client, emulator } = await openAccount();
  const id = emulator.seedZone({ name: parseName('example.com') });
  const tags = (): Promise<unknown> =>
    client()
      .send(new ListTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId: id }))
      .then(answer => answer.ResourceTagSet?.Tags);
  await client().send(
    new ChangeTagsForResourceCommand({
      ResourceType: 'hostedzone',
      ResourceId: id,
      AddTags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await client().send(
    new ChangeTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId: id, RemoveTagKeys: ['a'] }),
  );
  expect(await tags()).toEqual([{ Key: 'b', Value: '2' }]);
});
