import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { dynServers } from '../../src/sandbox/topology.ts';
import { accounts, addressOf } from './accounts.ts';
import { type Box, commands, openBox, until } from './box.ts';
import { askIsp } from './look.ts';

const { namecheap, route53 } = accounts;
const cut = parseName('staging.example.com');
const flags = { parent: 'namecheap', child: 'route53' };
const how = { hurry: true, options: { confirm: cut } };

async function within(act: (box: Box) => Promise<void>): Promise<void> {
  const box = await openBox();
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

/** A delegation to a zone at Route 53 that is there. */
function delegated(box: Box): void {
  route53.makeZone(box.internet, cut, [addressOf(parseName('api.staging.example.com'), '192.0.2.7')]);
  const [zone] = route53.zonesOf(box.internet, cut);
  namecheap.put(box.internet, rrsetOf(cut, 'NS', 60, ...(zone?.servers ?? [])));
}

describe('undelegate', () => {
  test.concurrent('takes away a delegation whose servers do not know the zone', async () =>
    within(async box => {
      const before = namecheap.rowsBeside(box.internet, cut);
      namecheap.put(box.internet, rrsetOf(cut, 'NS', 60, ...dynServers.map(row => String(row.name))));
      expect((await box.run(commands.verify(cut))).exitCode).toBe(5);
      const ran = await box.run(commands.undelegate(cut, { parent: 'namecheap' }), how);
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(namecheap.nsOf(box.internet, cut)).toEqual([]);
      expect(namecheap.rowsBeside(box.internet, cut)).toEqual(before);
    }));

  test.concurrent('keeps the zone with --keep-zone', async () =>
    within(async box => {
      delegated(box);
      const zones = route53.zonesOf(box.internet, cut);
      const ran = await box.run(commands.undelegate(cut, { ...flags, keepZone: true }), how);
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(namecheap.nsOf(box.internet, cut)).toEqual([]);
      expect(route53.zonesOf(box.internet, cut)).toEqual(zones);
    }));

  test.concurrent('keeps the zone while a cache can lead to it', async () =>
    within(async box => {
      delegated(box);
      expect((await askIsp(box.internet, parseName('api.staging.example.com'), 'A')).answer.length).toBe(1);
      const controller = new AbortController();
      const running = box.run(commands.undelegate(cut, flags), {
        options: { confirm: cut },
        signal: controller.signal,
      });
      await until(() => namecheap.nsOf(box.internet, cut).length === 0);
      setTimeout(() => controller.abort(), 500);
      expect((await running).exitCode).toBe(130);
      expect(namecheap.nsOf(box.internet, cut)).toEqual([]);
      expect(route53.zonesOf(box.internet, cut).length).toBe(1);
      expect(await box.run(commands.resume(), how)).toMatchObject({ exitCode: 0, error: null });
      expect(route53.zonesOf(box.internet, cut)).toEqual([]);
    }));

  const edits: readonly [string, number, number][] = [
    ['before the delegation went, and the delegation with it', 0, 4],
    ['after that', 1, 0],
  ];
  test.concurrent.each(edits)('keeps a zone that somebody changed %s', async (_when, skip, servers) =>
    within(async box => {
      const { internet } = box;
      delegated(box);
      const zone = internet.hosts.route53.zones().find(({ name }) => name === cut);
      const edit = (): void =>
        internet.hosts.route53.put(
          zone?.id ?? '',
          addressOf(parseName('new.staging.example.com'), '192.0.2.8'),
        );
      internet.faults.inject({
        api: 'namecheap',
        operation: 'namecheap.domains.dns.setHosts',
        kind: 'edit-before',
        skip,
        edit,
      });
      const ran = await box.run(commands.undelegate(cut, flags), how);
      expect(ran).toMatchObject({ exitCode: 6, error: { code: 'ZC_PLAN_STALE' } });
      expect(route53.zonesOf(internet, cut).length).toBe(1);
      expect(namecheap.nsOf(internet, cut).length).toBe(servers);
    }),
  );

  test.concurrent('refuses when there is nothing to take away', async () =>
    within(async box => {
      const ran = await box.run(commands.undelegate(cut, flags), how);
      expect(ran).toMatchObject({ exitCode: 7, error: { code: 'ZC_PLAN_REFUSED' } });
    }));
});
