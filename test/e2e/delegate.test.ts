import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { dynServers } from '../../src/sandbox/topology.ts';
import { accounts, addressOf, ownRecords } from './accounts.ts';
import { type Box, commands, openBox, until } from './box.ts';
import { askIsp, watchName } from './look.ts';

const { namecheap, route53, dyn } = accounts;
const cut = parseName('staging.example.com');
const api = parseName('api.staging.example.com');
const flags = { parent: 'namecheap', child: 'route53', for: 'authoritative' };

let box: Box;
beforeEach(async () => {
  // A clock that skips waits would soon have asked more than a host takes in a minute.
  box = await openBox({}, 'none');
});
afterEach(async () => {
  await box.close();
});

/** What the accounts hold of the cut and beside it: equal exactly when nothing was touched. */
function standing(): unknown {
  const { internet } = box;
  return [
    namecheap.rowsBeside(internet, cut),
    namecheap.nsOf(internet, cut),
    route53.zonesOf(internet, cut),
    dyn.zonesOf(internet, cut),
  ];
}

describe('a delegation is refused, and nothing is touched,', () => {
  interface Refusal {
    readonly when: string;
    readonly name: string;
    readonly before?: () => void;
    readonly exitCode: number;
    readonly says: RegExp;
    readonly child?: string;
  }
  const refusals: readonly Refusal[] = [
    {
      when: 'when the name is delegated elsewhere',
      name: 'staging.example.com',
      before: () =>
        namecheap.put(box.internet, rrsetOf(cut, 'NS', 300, ...dynServers.map(row => String(row.name)))),
      exitCode: 7,
      says: /already delegated, to ns1\.p01\.dynect\.net\./,
    },
    {
      when: 'when a CNAME stands there',
      name: 'www.example.com',
      exitCode: 7,
      says: /has a CNAME record \(example\.com\.\)/,
    },
    {
      when: 'when it is the apex of the zone',
      name: 'example.com',
      exitCode: 7,
      says: /example\.com\. is the apex of a zone/,
    },
    {
      when: 'when another zone is in between',
      name: 'a.dev.example.com',
      before: () => {
        const dev = parseName('dev.example.com');
        route53.makeZone(box.internet, dev, []);
        const [zone] = route53.zonesOf(box.internet, dev);
        namecheap.put(box.internet, rrsetOf(dev, 'NS', 300, ...(zone?.servers ?? [])));
      },
      exitCode: 7,
      says: /dev\.example\.com\. is already a zone of its own/,
    },
    {
      when: 'when the account has no zone above it',
      name: 'staging.example.net',
      exitCode: 1,
      says: /no zone that encloses staging\.example\.net\./,
    },
    {
      when: 'when the child has several zones of the name',
      name: 'staging.example.com',
      before: () => {
        route53.makeZone(box.internet, cut, []);
        route53.makeZone(box.internet, cut, []);
      },
      exitCode: 7,
      says: /has 2 zones named staging\.example\.com\./,
    },
    {
      when: 'when the cut would hide what the child cannot hold',
      name: 'staging.example.com',
      before: () =>
        box.internet.hosts.namecheap.edit('example.com', rows => [
          ...rows,
          { name: 'go.staging', type: 'URL301', address: 'https://example.com/', ttl: 300 },
        ]),
      exitCode: 7,
      says: /cannot hold/,
    },
    {
      when: 'when the wildcard above is an alias, which no apex can be',
      name: 'staging.example.com',
      before: () =>
        namecheap.put(box.internet, rrsetOf(parseName('*.example.com'), 'CNAME', 300, 'www.example.com.')),
      exitCode: 7,
      says: /cannot hold: staging\.example\.com\. CNAME/,
    },
    {
      when: 'when the child cannot create zones',
      name: 'staging.example.org',
      child: 'namecheap',
      exitCode: 7,
      says: /cannot create zones/,
    },
  ];
  test.each(refusals)('$when', async ({ name, before, exitCode, says, child }) => {
    before?.();
    const as = standing();
    const parent = name.endsWith('.org') ? 'route53' : 'namecheap';
    const ran = await box.run(commands.delegate(name, { ...flags, parent, child: child ?? 'route53' }));
    expect(ran.error?.message).toMatch(says);
    expect(ran.error?.hint).not.toBeNull();
    expect(ran.exitCode).toBe(exitCode);
    expect(standing()).toEqual(as);
  });

  test('when the user says no', async () => {
    const as = standing();
    const ran = await box.run(commands.delegate(cut, flags), {
      options: { yes: false },
      answer: () => false,
    });
    expect(ran.exitCode).toBe(3);
    expect(standing()).toEqual(as);
  });
});

test('the parent is not touched when its rows are refused; the run goes on when they are accepted', async () => {
  const before = namecheap.rowsBeside(box.internet, cut);
  const asked: string[] = [];
  const answer = (question: string): boolean => asked.push(question) === 1;
  const ran = await box.run(commands.delegate(cut, flags), { options: { yes: false }, answer });
  expect(asked).toEqual(['Do this?', expect.stringMatching(/NS records/)]);
  expect(ran).toMatchObject({ exitCode: 3, error: { code: 'ZC_CANCELLED' } });
  expect(namecheap.nsOf(box.internet, cut)).toEqual([]);
  expect(route53.zonesOf(box.internet, cut).length).toBe(1);
  expect((await box.run(commands.resume(undefined, { for: 'authoritative' }))).exitCode).toBe(0);
  expect(route53.zonesOf(box.internet, cut).length).toBe(1);
  expect(namecheap.nsOf(box.internet, cut)).toEqual(route53.zonesOf(box.internet, cut)[0]?.servers);
  expect(namecheap.rowsBeside(box.internet, cut)).toEqual(before);
});

test('the parent is found among the accounts when it is not named', async () => {
  const ran = await box.run(
    commands.delegate('staging.example.net', { child: 'route53', for: 'authoritative' }),
  );
  expect(ran).toMatchObject({ exitCode: 0, error: null });
  expect(dyn.nsOf(box.internet, parseName('staging.example.net')).length).toBe(4);
});

describe('an existing child zone', () => {
  test('is used as it stands', async () => {
    route53.makeZone(box.internet, cut, [addressOf(api, '192.0.2.9')]);
    const [zone] = route53.zonesOf(box.internet, cut);
    expect((await box.run(commands.delegate(cut, flags))).exitCode).toBe(0);
    expect(route53.zonesOf(box.internet, cut)).toEqual([zone]);
    expect(namecheap.nsOf(box.internet, cut)).toEqual(zone?.servers);
  });

  test('is chosen by its ID where there are several', async () => {
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      route53.makeZone(box.internet, cut, [addressOf(api, address)]);
    }
    const second = box.internet.hosts.route53.zones().filter(zone => zone.name === cut)[1];
    const ran = await box.run(commands.delegate(cut, { ...flags, zoneId: second?.id ?? '' }));
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    expect(namecheap.nsOf(box.internet, cut)).toEqual([...(second?.nameServers ?? [])].sort());
    expect(route53.zonesOf(box.internet, cut).length).toBe(3);
    const how = { hurry: true, options: { confirm: cut } };
    const gone = await box.run(commands.undelegate(cut, flags), how);
    expect(gone).toMatchObject({ exitCode: 0, error: null });
    const left = box.internet.hosts.route53.zones().filter(zone => zone.name === cut);
    expect(left.length).toBe(2);
    expect(left).not.toContainEqual(second);
  });

  test('that is already delegated to is only proven', async () => {
    expect((await box.run(commands.delegate(cut, flags))).exitCode).toBe(0);
    const as = standing();
    const ran = await box.run(commands.delegate(cut, flags));
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    expect(standing()).toEqual(as);
  });
});

describe('names below the cut that have users', () => {
  test.each([['route53'], ['dyn']] as const)('go on answering while %s becomes the child', async childId => {
    const { internet } = box;
    internet.nameServers.setVisibilityDelay(80);
    namecheap.put(internet, addressOf(api, '192.0.2.77'));
    namecheap.put(internet, rrsetOf(cut, 'MX', 300, '10 mx1.example.com.'));
    await internet.nameServers.settled();
    const before = namecheap.rowsBeside(internet, cut);
    const watch = watchName(internet, api, 'A', '192.0.2.77');
    const ran = await box.run(commands.delegate(cut, { ...flags, child: childId }));
    const seen = await watch.end();
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    expect(seen.misses).toEqual([]);
    expect(seen.looks).toBeGreaterThan(10);
    const [zone] = accounts[childId].zonesOf(internet, cut);
    expect(zone === undefined ? [] : ownRecords(zone, cut)).toEqual([
      'api.staging.example.com. 300 A 192.0.2.77',
      'staging.example.com. 300 MX 10 mx1.example.com.',
    ]);
    // The parent's own rows are hidden by the cut and stay where they are.
    expect(namecheap.rowsBeside(internet, cut)).toEqual(before);
  });

  test.each([['route53'], ['dyn']] as const)(
    'go on answering when %s has the zone already and its servers lag',
    async childId => {
      const { internet } = box;
      const child = accounts[childId];
      child.makeZone(internet, cut, []);
      // All but one lag, and that one alone shows the copies early.
      for (const lagging of (child.zonesOf(internet, cut)[0]?.servers ?? []).slice(1)) {
        internet.nameServers.setLag(lagging, 600);
      }
      namecheap.put(internet, addressOf(api, '192.0.2.77'));
      const watch = watchName(internet, api, 'A', '192.0.2.77');
      const ran = await box.run(commands.delegate(cut, { ...flags, child: childId }));
      const seen = await watch.end();
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(seen.misses).toEqual([]);
    },
  );

  test('stop when --hide lets them go, and the plan says so', async () => {
    namecheap.put(box.internet, addressOf(api, '192.0.2.77'));
    const ran = await box.run(commands.delegate(cut, { ...flags, hide: true }));
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    expect(ran.out).toMatch(/warning:.*--hide/);
    expect(ran.out).toContain('api.staging.example.com.');
    const [zone] = route53.zonesOf(box.internet, cut);
    expect(zone === undefined ? [] : ownRecords(zone, cut)).toEqual([]);
    expect((await askIsp(box.internet, api, 'A')).rcode).toBe('NXDOMAIN');
  });

  test('that a wildcard of the parent answers go on answering', async () => {
    const wild = parseName('anything.staging.example.com');
    namecheap.put(box.internet, addressOf(parseName('*.example.com'), '192.0.2.88'));
    const watch = watchName(box.internet, wild, 'A', '192.0.2.88');
    const ran = await box.run(commands.delegate(cut, flags));
    const seen = await watch.end();
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    expect(seen.misses).toEqual([]);
    const [zone] = route53.zonesOf(box.internet, cut);
    expect(zone === undefined ? [] : ownRecords(zone, cut)).toEqual([
      '*.staging.example.com. 300 A 192.0.2.88',
      'staging.example.com. 300 A 192.0.2.88',
    ]);
  });
});

describe('a saved plan', () => {
  const planned = async (): Promise<string> => {
    const file = path.join(box.folder, 'plan.json');
    const ran = await box.run(commands.plan(cut, { ...flags, output: file }));
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    return file;
  };
  const wait = { for: 'authoritative' };

  test('changes nothing, and does what it says when it is applied', async () => {
    const as = standing();
    const file = await planned();
    expect(standing()).toEqual(as);
    expect(await box.run(commands.apply(file, wait))).toMatchObject({ exitCode: 0, error: null });
    expect(namecheap.nsOf(box.internet, cut)).toEqual(route53.zonesOf(box.internet, cut)[0]?.servers);
    expect(await box.run(commands.apply(file, wait))).toMatchObject({ exitCode: 6 });
  });

  test('can be read by a person', async () => {
    const text = await readFile(await planned(), 'utf8');
    expect(text).toContain('"cut": "staging.example.com."');
    expect(text).toContain('"why": "the child comes first: nobody is sent to it yet"');
  });

  const changes: readonly [string, () => void][] = [
    [
      'the parent got another record',
      () => namecheap.put(box.internet, addressOf(parseName('new.example.com'), '192.0.2.3')),
    ],
    [
      'the parent lost a record',
      () => box.internet.hosts.namecheap.edit('example.com', rows => rows.filter(row => row.name !== 'blog')),
    ],
    ['the child got a zone of that name', () => route53.makeZone(box.internet, cut, [])],
  ];
  test.each(changes)('is refused when %s', async (_when, change) => {
    const file = await planned();
    change();
    const as = standing();
    const ran = await box.run(commands.apply(file, wait));
    expect(ran).toMatchObject({ exitCode: 6, error: { code: 'ZC_PLAN_STALE' } });
    expect(standing()).toEqual(as);
  });

  test('is refused when the zone that it would use got another record', async () => {
    route53.makeZone(box.internet, cut, []);
    const file = await planned();
    const zone = box.internet.hosts.route53.zones().find(({ name }) => name === cut);
    box.internet.hosts.route53.put(zone?.id ?? '', addressOf(api, '192.0.2.1'));
    const as = standing();
    expect(await box.run(commands.apply(file, wait))).toMatchObject({ exitCode: 6 });
    expect(standing()).toEqual(as);
  });

  test('is refused when the zone chosen among several got another record', async () => {
    route53.makeZone(box.internet, cut, []);
    route53.makeZone(box.internet, cut, []);
    const zone = box.internet.hosts.route53.zones().find(({ name }) => name === cut);
    const file = path.join(box.folder, 'plan.json');
    const made = await box.run(commands.plan(cut, { ...flags, zoneId: zone?.id ?? '', output: file }));
    expect(made.exitCode).toBe(0);
    box.internet.hosts.route53.put(zone?.id ?? '', addressOf(api, '192.0.2.1'));
    expect(await box.run(commands.apply(file, wait))).toMatchObject({ exitCode: 6 });
  });

  test('is refused when it was edited', async () => {
    const file = await planned();
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"ttl": 1800', '"ttl": 60'));
    expect(await box.run(commands.apply(file, wait))).toMatchObject({
      exitCode: 2,
      error: { code: 'ZC_PLAN_FILE' },
    });
  });
});

describe('a wait', () => {
  test('that is left after --timeout ends with status 8, and resume goes on', async () => {
    const delayed = await box.run(commands.delegate(cut, { ...flags, for: 'deadline', timeout: '1s' }));
    expect(delayed.exitCode).toBe(8);
    expect(await box.run(commands.resume())).toMatchObject({ exitCode: 0 });
    expect(namecheap.nsOf(box.internet, cut)).toEqual(route53.zonesOf(box.internet, cut)[0]?.servers);
  });

  test('that Ctrl-C ends is left with status 130, and resume goes on', async () => {
    const controller = new AbortController();
    const running = box.run(commands.delegate(cut, { ...flags, for: 'deadline' }), {
      signal: controller.signal,
    });
    await until(() => namecheap.nsOf(box.internet, cut).length === 4);
    setTimeout(() => controller.abort(), 200);
    expect((await running).exitCode).toBe(130);
    expect(await box.run(commands.resume())).toMatchObject({ exitCode: 0 });
    expect(route53.zonesOf(box.internet, cut).length).toBe(1);
  });
});
