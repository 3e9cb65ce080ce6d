import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { dynServers } from '../../src/sandbox/topology.ts';
import { accounts, addressOf } from './accounts.ts';
import { type Box, commands, openBox } from './box.ts';

const { namecheap, route53 } = accounts;
const cut = parseName('staging.example.com');
const api = parseName(`api.${cut}`);

async function within(act: (box: Box) => Promise<void>): Promise<void> {
  const box = await openBox({}, 'none');
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

/** A zone at Route 53, and NS records at Namecheap that somebody typed: `count` of its servers and `others`. */
function byHand(box: Box, count = 4, others: readonly string[] = []): readonly string[] {
  route53.makeZone(box.internet, cut, [addressOf(api, '192.0.2.7')]);
  const servers = route53.zonesOf(box.internet, cut)[0]?.servers ?? [];
  namecheap.put(box.internet, rrsetOf(cut, 'NS', 60, ...servers.slice(0, count), ...others));
  return servers;
}

/** Takes a row away as somebody does in the console. */
function removeNs(box: Box): void {
  box.internet.hosts.namecheap.edit('example.com', rows => rows.filter(row => row.type !== 'NS'));
}

describe('adopt', () => {
  test.concurrent('takes over what fits, asks nothing, and drift finds nothing', async () =>
    within(async box => {
      byHand(box);
      const before = namecheap.rowsBeside(box.internet, cut);
      const ran = await box.run(commands.adopt(cut), { options: { yes: false } });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(ran.out).toMatch(/is adopted/);
      expect(namecheap.rowsBeside(box.internet, cut)).toEqual(before);
      expect(await box.run(commands.drift())).toMatchObject({ exitCode: 0 });
    }));

  test.concurrent('mends NS records of which one is missing and one is lame', async () =>
    within(async box => {
      const servers = byHand(box, 3, [String(dynServers[0]?.name)]);
      const ran = await box.run(commands.adopt(cut), { hurry: true });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(ran.out).toMatch(/the parent names .*dynect\.net/);
      expect(namecheap.nsOf(box.internet, cut)).toEqual(servers);
      expect(await box.run(commands.drift(cut))).toMatchObject({ exitCode: 0 });
    }));

  test.concurrent('with --as-is mends nothing, and drift goes on naming what is lame', async () =>
    within(async box => {
      byHand(box, 3, [String(dynServers[0]?.name)]);
      expect(await box.run(commands.adopt(cut, { asIs: true }))).toMatchObject({ exitCode: 0 });
      expect(namecheap.nsOf(box.internet, cut)).toContain(String(dynServers[0]?.name));
      const ran = await box.run(commands.drift(cut));
      expect(ran.exitCode).toBe(5);
      expect(ran.out).toMatch(/lame/);
    }));

  test.concurrent('refuses what is not delegated', async () =>
    within(async box => {
      route53.makeZone(box.internet, cut, []);
      const ran = await box.run(commands.adopt(cut, { parent: 'namecheap', child: 'route53' }));
      expect(ran).toMatchObject({ exitCode: 7, error: { code: 'ZC_PLAN_REFUSED' } });
    }));
});

describe('drift', () => {
  const changes: readonly [string, string, (box: Box) => void][] = [
    ['NS records that are gone', 'drift-ns', removeNs],
    [
      'NS records that are others',
      'drift-ns',
      box => {
        removeNs(box);
        namecheap.put(box.internet, rrsetOf(cut, 'NS', 60, ...dynServers.map(row => String(row.name))));
      },
    ],
    [
      'a zone that is gone',
      'drift-zone-gone',
      box => {
        const zone = box.internet.hosts.route53.zones().find(({ name }) => name === cut);
        box.internet.hosts.route53.removeZone(zone?.id ?? '');
      },
    ],
  ];
  test.concurrent.each(changes)('tells %s', async (_what, code, change) =>
    within(async box => {
      const flags = { parent: 'namecheap', child: 'route53', ttl: '60', for: 'authoritative' };
      expect(await box.run(commands.delegate(cut, flags))).toMatchObject({ exitCode: 0 });
      expect(await box.run(commands.drift())).toMatchObject({ exitCode: 0 });
      change(box);
      const ran = await box.run(commands.drift(), { options: { json: true } });
      expect(ran.exitCode).toBe(5);
      expect(JSON.parse(ran.out)).toMatchObject({
        schema: 'zonecut/drift/v1',
        delegations: [{ cut, findings: expect.arrayContaining([expect.objectContaining({ code })]) }],
      });
    }),
  );

  test.concurrent('keeps watch over what is delegated, and no longer over what is not', async () =>
    within(async box => {
      const flags = { parent: 'namecheap', child: 'route53', ttl: '60' };
      const how = { hurry: true, options: { confirm: cut } };
      expect(await box.run(commands.drift(cut))).toMatchObject({ exitCode: 2 });
      expect(await box.run(commands.delegate(cut, flags), how)).toMatchObject({ exitCode: 0 });
      expect((await box.run(commands.drift())).out).toMatch(/staging\.example\.com\./);
      expect(await box.run(commands.undelegate(cut, flags), how)).toMatchObject({ exitCode: 0 });
      expect((await box.run(commands.drift())).out).toMatch(/no delegation/);
    }));

  test.concurrent('forgets a name when that is said', async () =>
    within(async box => {
      byHand(box);
      expect(await box.run(commands.adopt(cut))).toMatchObject({ exitCode: 0 });
      expect(await box.run(commands.drift(cut, { forget: true }))).toMatchObject({ exitCode: 0 });
      expect((await box.run(commands.drift())).out).toMatch(/no delegation/);
    }));
});
