import { describe, expect, test } from 'vitest';
import { type Name, parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { type Account, accounts, addressOf, ownRecords } from './accounts.ts';
import { type Box, commands, openBox } from './box.ts';
import { watchIsp, watchName } from './look.ts';

const { namecheap, dyn, route53 } = accounts;

/** Asks for `name` in both ways during `act`; it must be given every time. */
async function watched(box: Box, name: Name, data: string, act: () => Promise<void>): Promise<void> {
  const watches = [watchName(box.internet, name, 'A', data), watchIsp(box.internet, name, 'A', data)];
  try {
    await act();
  } finally {
    const seen = await Promise.all(watches.map(watch => watch.end()));
    expect(seen.flatMap(({ misses }) => misses)).toEqual([]);
    expect(Math.min(...seen.map(({ looks }) => looks))).toBeGreaterThan(20);
  }
}

const pairs: readonly [string, Account, Account][] = [
  ['namecheap and route53', namecheap, route53],
  ['dyn and dyn, on the same servers', dyn, dyn],
  ['route53 and dyn', route53, dyn],
];

describe('a name below the cut answers at every instant, there and back,', () => {
  test.concurrent.each(pairs)('between %s', async (_what, parent, child) => {
    const box = await openBox({}, 'none');
    try {
      const { internet } = box;
      const cut = parseName(`staging.${parent.apex}`);
      const api = parseName(`api.${cut}`);
      const flags = { parent: parent.id, child: child.id };
      const start = parent.rowsBeside(internet, cut);
      parent.put(internet, addressOf(api, '192.0.2.77', 60));
      parent.put(internet, addressOf(cut, '192.0.2.78', 60));
      const before = parent.rowsBeside(internet, cut);
      await watched(box, api, '192.0.2.77', async () => {
        const how = { hurry: true, options: { confirm: cut } };
        const made = await box.run(commands.delegate(cut, { ...flags, ttl: '60', removeHidden: true }), how);
        expect(made).toMatchObject({ exitCode: 0, error: null });
        expect(parent.rowsBeside(internet, cut)).toEqual(start);
        const gone = await box.run(commands.undelegate(cut, flags), how);
        expect(gone).toMatchObject({ exitCode: 0, error: null });
      });
      expect(parent.nsOf(internet, cut)).toEqual([]);
      expect(child.zonesOf(internet, cut)).toEqual([]);
      expect(alike(parent.rowsBeside(internet, cut))).toEqual(alike(before));
    } finally {
      await box.close();
    }
  });
});

/** Rows in an order of their own; a host gives one that is written again another number. */
function alike(rows: readonly string[]): readonly string[] {
  return rows.map(row => row.replaceAll(/"id":\d+,?/g, '')).sort();
}

describe('the rows that a cut hides', () => {
  const cut = parseName('staging.example.com');
  const api = parseName('api.staging.example.com');
  const flags = { parent: 'namecheap', child: 'route53', ttl: '60' };

  async function within(act: (box: Box, before: readonly string[]) => Promise<void>): Promise<void> {
    const box = await openBox({}, 'none');
    try {
      namecheap.put(box.internet, addressOf(api, '192.0.2.77', 60));
      await act(box, namecheap.rowsBeside(box.internet, cut));
    } finally {
      await box.close();
    }
  }

  test.concurrent('stay unless somebody says otherwise', async () =>
    within(async (box, before) => {
      const ran = await box.run(commands.delegate(cut, flags), { hurry: true });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(namecheap.rowsBeside(box.internet, cut)).toEqual(before);
    }));

  test.concurrent('are asked about at a terminal, and go once no cache can differ', async () =>
    within(async (box, before) => {
      const questions: string[] = [];
      const ran = await box.run(commands.delegate(cut, flags), {
        hurry: true,
        options: { yes: false },
        answer: question => questions.push(question) > 0,
      });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(questions[0]).toMatch(/Remove 1 RRset that the cut hides/);
      expect(namecheap.rowsBeside(box.internet, cut)).toHaveLength(before.length - 1);
      expect(ran.out).toMatch(/- +A +api\.staging\.example\.com\. +60 192\.0\.2\.77 +hidden, at the end/);
    }));

  test.concurrent('stay while the wait is left to later, and go when it is resumed', async () =>
    within(async (box, before) => {
      const given = { ...flags, removeHidden: true, for: 'authoritative' };
      expect(await box.run(commands.delegate(cut, given))).toMatchObject({ exitCode: 0 });
      expect(namecheap.rowsBeside(box.internet, cut)).toEqual(before);
      expect(await box.run(commands.resume(), { hurry: true })).toMatchObject({ exitCode: 0, error: null });
      expect(namecheap.rowsBeside(box.internet, cut)).toHaveLength(before.length - 1);
    }));

  test.concurrent('stay when somebody changed them meanwhile', async () =>
    within(async box => {
      const given = { ...flags, removeHidden: true, for: 'authoritative' };
      expect(await box.run(commands.delegate(cut, given))).toMatchObject({ exitCode: 0 });
      box.internet.hosts.namecheap.edit('example.com', rows =>
        rows.map(row => (row.name === 'api.staging' ? { ...row, address: '192.0.2.99' } : row)),
      );
      const ran = await box.run(commands.resume(), { hurry: true });
      expect(ran).toMatchObject({ exitCode: 6, error: { code: 'ZC_PROVIDER_CONFLICT' } });
      expect(JSON.stringify(namecheap.rowsBeside(box.internet, cut))).toContain('192.0.2.99');
    }));
});

test('undelegate lets the names go when that is said, and refuses to by mistake', async () => {
  const box = await openBox({}, 'none');
  const cut = parseName('staging.example.com');
  try {
    route53.makeZone(box.internet, cut, [addressOf(parseName(`api.${cut}`), '192.0.2.7')]);
    const [zone] = route53.zonesOf(box.internet, cut);
    namecheap.put(box.internet, rrsetOf(cut, 'NS', 60, ...(zone?.servers ?? [])));
    const before = namecheap.rowsBeside(box.internet, cut);
    const how = { hurry: true, options: { confirm: cut } };
    const stranger = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const refused = await box.run(commands.undelegate(cut, { parent: 'namecheap' }), {
      ...how,
      environment: stranger,
    });
    expect(refused).toMatchObject({ exitCode: 7, error: { code: 'ZC_PLAN_REFUSED' } });
    expect(namecheap.nsOf(box.internet, cut)).toHaveLength(4);
    const flags = { parent: 'namecheap', child: 'route53', carryBack: false };
    expect(zone === undefined ? [] : ownRecords(zone, cut)).toHaveLength(1);
    expect(await box.run(commands.undelegate(cut, flags), how)).toMatchObject({ exitCode: 0, error: null });
    expect(namecheap.rowsBeside(box.internet, cut)).toEqual(before);
  } finally {
    await box.close();
  }
});

test("undelegate finds the child's host among the accounts, and keeps the zone there", async () => {
  const box = await openBox();
  const cut = parseName('staging.example.com');
  try {
    route53.makeZone(box.internet, cut, [addressOf(parseName(`api.${cut}`), '192.0.2.7')]);
    const [zone] = route53.zonesOf(box.internet, cut);
    namecheap.put(box.internet, rrsetOf(cut, 'NS', 60, ...(zone?.servers ?? [])));
    const ran = await box.run(commands.undelegate(cut, { parent: 'namecheap' }), { hurry: true });
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    expect(route53.zonesOf(box.internet, cut)).toEqual([zone]);
    expect(JSON.stringify(namecheap.rowsBeside(box.internet, cut))).toContain('192.0.2.7');
  } finally {
    await box.close();
  }
});
