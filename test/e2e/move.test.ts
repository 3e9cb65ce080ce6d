import { describe, expect, test } from 'vitest';
import { type Name, parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { type Account, accounts, addressOf, ownRecords } from './accounts.ts';
import { type Box, commands, openBox, until } from './box.ts';
import { watchIsp, watchName } from './look.ts';

const { namecheap, dyn, route53, powerdns, oci } = accounts;

interface Journey {
  readonly parent: Account;
  readonly from: Account;
  readonly to: Account;
}

/** A zone at `from` with users, delegated from `parent`. */
function prepare(box: Box, { parent, from }: Journey): { readonly cut: Name; readonly api: Name } {
  const cut = parseName(`staging.${parent.apex}`);
  const api = parseName(`api.${cut}`);
  from.makeZone(box.internet, cut, [
    addressOf(api, '192.0.2.77', 60),
    rrsetOf(cut, 'MX', 300, '10 mail.example.com.'),
    rrsetOf(`*.apps.${cut}`, 'A', 120, '192.0.2.80'),
  ]);
  const [zone] = from.zonesOf(box.internet, cut);
  // The least that the hosts take: caches let go within seconds, at Namecheap within a minute.
  const ttl = parent === namecheap ? 60 : 1;
  parent.put(box.internet, rrsetOf(cut, 'NS', ttl, ...(zone?.servers ?? [])));
  return { cut, api };
}

async function within(act: (box: Box) => Promise<void>): Promise<void> {
  const box = await openBox({}, 'none');
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

/** Asks for `name` during `act`, past caches and, given time, through one; it must be given every time. */
async function watched(
  box: Box,
  name: Name,
  data: string,
  caches: 'cached' | 'uncached',
  act: () => Promise<void>,
): Promise<void> {
  const watches = [
    watchName(box.internet, name, 'A', data),
    ...(caches === 'cached' ? [watchIsp(box.internet, name, 'A', data)] : []),
  ];
  try {
    await act();
  } finally {
    const seen = await Promise.all(watches.map(watch => watch.end()));
    expect(seen.flatMap(({ misses }) => misses)).toEqual([]);
    expect(Math.min(...seen.map(({ looks }) => looks))).toBeGreaterThan(20);
  }
}

const journeys: readonly [string, Journey][] = [
  ['from dyn to route53, below namecheap', { parent: namecheap, from: dyn, to: route53 }],
  ['from powerdns to route53, whose zones both name both', { parent: route53, from: powerdns, to: route53 }],
  ['from route53 to powerdns, whose zones both name both', { parent: dyn, from: route53, to: powerdns }],
  ['from dyn to its successor oci', { parent: namecheap, from: dyn, to: oci }],
  ['from route53 to dyn', { parent: route53, from: route53, to: dyn }],
  ['from route53 to dyn, whose servers hold the parent too', { parent: dyn, from: route53, to: dyn }],
];

describe('move', () => {
  test.concurrent.each(journeys)(
    'answers at every instant %s',
    async (_what, journey) =>
      within(async box => {
        const { parent, from, to } = journey;
        const { internet } = box;
        const { cut, api } = prepare(box, journey);
        const before = parent.rowsBeside(internet, cut);
        const [old] = from.zonesOf(internet, cut);
        const hurry = parent === namecheap;
        await watched(box, api, '192.0.2.77', hurry ? 'uncached' : 'cached', async () => {
          const flags = { parent: parent.id, to: to.id };
          const ran = await box.run(commands.move(cut, flags), { hurry, options: { confirm: cut } });
          expect(ran).toMatchObject({ exitCode: 0, error: null });
        });
        const [zone] = to.zonesOf(internet, cut);
        expect(from.zonesOf(internet, cut)).toEqual([]);
        expect(parent.nsOf(internet, cut)).toEqual(zone?.servers);
        expect(zone?.servers).not.toEqual(old?.servers);
        expect(zone === undefined ? [] : ownRecords(zone, cut)).toEqual(
          old === undefined ? null : ownRecords(old, cut),
        );
        expect(parent.rowsBeside(internet, cut)).toEqual(before);
        expect((await box.run(commands.verify(cut))).exitCode).toBe(0);
      }),
    60_000,
  );

  const journey: Journey = { parent: namecheap, from: dyn, to: route53 };
  const flags = { parent: 'namecheap', from: 'dyn', to: 'route53' };

  test.concurrent('keeps the old zone with --keep-old', async () =>
    within(async box => {
      const { cut } = prepare(box, journey);
      const ran = await box.run(commands.move(cut, { ...flags, keepOld: true }), { hurry: true });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(dyn.zonesOf(box.internet, cut)).toHaveLength(1);
    }));

  test.concurrent('brings an edit at the old host along', async () =>
    within(async box => {
      const { cut } = prepare(box, journey);
      const late = addressOf(parseName(`late.${cut}`), '192.0.2.99', 60);
      const controller = new AbortController();
      const running = box.run(commands.move(cut, { ...flags, keepOld: true }), { signal: controller.signal });
      await until(() => namecheap.nsOf(box.internet, cut).length === 8);
      box.internet.hosts.dyn.put(cut, late);
      controller.abort();
      await running;
      const ran = await box.run(commands.resume(), { hurry: true });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(ran.err).toMatch(/1 RRsets were edited at Dyn.*late\.staging\.example\.com\. A/);
      const [zone] = route53.zonesOf(box.internet, cut);
      expect(zone === undefined ? [] : ownRecords(zone, cut)).toContain(`${late.owner} 60 A 192.0.2.99`);
    }));

  test.concurrent('stops when both zones were edited, with both hosts in the delegation', async () =>
    within(async box => {
      const { cut, api } = prepare(box, journey);
      const controller = new AbortController();
      const running = box.run(commands.move(cut, { ...flags, keepOld: true }), { signal: controller.signal });
      await until(() => namecheap.nsOf(box.internet, cut).length === 8);
      box.internet.hosts.dyn.put(cut, addressOf(api, '192.0.2.1', 60));
      const zone = box.internet.hosts.route53.zones().find(({ name }) => name === cut);
      box.internet.hosts.route53.put(zone?.id ?? '', addressOf(api, '192.0.2.2', 60));
      controller.abort();
      await running;
      const ran = await box.run(commands.resume(), { hurry: true });
      expect(ran).toMatchObject({ exitCode: 6, error: { code: 'ZC_PLAN_STALE' } });
      expect(ran.error?.message).toMatch(/api\.staging\.example\.com\. A was edited at Dyn.* and at/);
      expect(namecheap.nsOf(box.internet, cut)).toHaveLength(8);
    }));

  test.concurrent('leaves the old zone when it was edited last, however often the run is resumed', async () =>
    within(async box => {
      const { internet } = box;
      const { cut } = prepare(box, journey);
      const late = addressOf(parseName(`late.${cut}`), '192.0.2.99', 60);
      const confirmed = { hurry: true, options: { confirm: cut } };
      const [old] = dyn.zonesOf(internet, cut);
      let isEdited = false;
      internet.faults.inject({
        api: 'dyn',
        operation: '*',
        kind: 'edit-before',
        times: Number.POSITIVE_INFINITY,
        edit: () => {
          const ns = namecheap.nsOf(internet, cut);
          if (!isEdited && !ns.some(server => old?.servers.includes(server))) {
            isEdited = true;
            internet.hosts.dyn.put(cut, late);
          }
        },
      });
      const stale = { exitCode: 6, error: { code: 'ZC_PLAN_STALE' } };
      expect(await box.run(commands.move(cut, flags), confirmed)).toMatchObject(stale);
      expect(await box.run(commands.resume(), confirmed)).toMatchObject(stale);
      expect(await box.run(commands.resume(), confirmed)).toMatchObject(stale);
      expect(internet.hosts.dyn.rrsets(cut)).toContainEqual(late);
      internet.hosts.dyn.edit(cut, records => records.filter(({ fqdn }) => fqdn !== late.owner));
      expect(await box.run(commands.resume(), confirmed)).toMatchObject({ exitCode: 0, error: null });
      expect(dyn.zonesOf(internet, cut)).toEqual([]);
    }));

  test.concurrent('uses a zone that is there with the same records, and refuses one that differs', async () =>
    within(async box => {
      const { cut, api } = prepare(box, journey);
      const [old] = dyn.zonesOf(box.internet, cut);
      const own = (old?.rrsets ?? []).filter(set => !['SOA', 'NS'].includes(set.type));
      route53.makeZone(box.internet, cut, [addressOf(api, '192.0.2.1', 60)]);
      const refused = await box.run(commands.move(cut, flags), { options: { confirm: cut } });
      expect(refused).toMatchObject({ exitCode: 7 });
      expect(refused.error?.message).toMatch(
        /api\.staging\.example\.com\. A is 60 192\.0\.2\.1 there, 60 192\.0\.2\.77/,
      );
      const zone = box.internet.hosts.route53.zones().find(({ name }) => name === cut);
      for (const set of own) {
        box.internet.hosts.route53.put(zone?.id ?? '', set);
      }
      const ran = await box.run(commands.move(cut, flags), { hurry: true, options: { confirm: cut } });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(route53.zonesOf(box.internet, cut)).toHaveLength(1);
    }));

  test.concurrent('refuses to leave servers that hold the parent too and cannot name others', async () =>
    within(async box => {
      const { cut } = prepare(box, { parent: dyn, from: dyn, to: route53 });
      const ran = await box.run(commands.move(cut, { parent: 'dyn', to: 'route53' }));
      expect(ran).toMatchObject({ exitCode: 7, error: { code: 'ZC_PLAN_REFUSED' } });
      expect(ran.error?.message).toMatch(/RFC 1034 section 4\.3\.2/);
      expect(ran.error?.hint).toMatch(
        /`zonecut undelegate \S+ --parent dyn --child dyn` .*`zonecut delegate \S+ --parent dyn --child route53`/,
      );
      expect(route53.zonesOf(box.internet, cut)).toEqual([]);
    }));

  test.concurrent('deletes the old zone only when its name is typed', async () =>
    within(async box => {
      const { cut } = prepare(box, journey);
      const ran = await box.run(commands.move(cut, flags));
      expect(ran).toMatchObject({ exitCode: 2, error: { code: 'ZC_NO_TERMINAL' } });
      expect(route53.zonesOf(box.internet, cut)).toEqual([]);
    }));
});
