import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { bindEmptyZones, bindExample, bindServers } from '../../src/sandbox/topology.ts';
import { type Account, accounts, type HostId } from './accounts.ts';
import { type Box, commands, openBox } from './box.ts';
import { askIsp } from './look.ts';

const parents: readonly HostId[] = ['namecheap', 'dyn', 'route53', 'rfc2136', 'powerdns'];
const children: readonly HostId[] = ['route53', 'dyn', 'powerdns'];
const pairs: readonly [HostId, HostId][] = [
  ...parents.flatMap(parent => children.map((child): [HostId, HostId] => [parent, child])),
  ['namecheap', 'oci'],
  ['oci', 'route53'],
  ['oci', 'oci'],
  ['cloudflare', 'route53'],
  ['namecheap', 'cloudflare'],
];

describe('each host as the parent, each that makes zones as the child', () => {
  test.concurrent.each(pairs)('%s delegates to %s and takes it back', async (parentId, childId) => {
    const box = await openBox();
    try {
      await thereAndBack(box, accounts[parentId], accounts[childId]);
    } finally {
      await box.close();
    }
  });
});

describe('a host that makes no zones as the child', () => {
  const flags = { parent: 'powerdns', child: 'rfc2136' };

  test('uses the empty zone that was made by hand, and leaves it', async () => {
    const box = await openBox();
    try {
      const [, cut = bindExample.apex] = bindEmptyZones;
      const made = await box.run(commands.delegate(cut, { ...flags, ttl: '60' }));
      expect(made).toMatchObject({ exitCode: 0, error: null });
      const servers = bindServers.map(server => server.name);
      expect(accounts.powerdns.nsOf(box.internet, cut)).toEqual(servers);
      expect((await box.run(commands.verify(cut))).exitCode).toBe(0);
      expect(await box.run(commands.undelegate(cut, flags), { hurry: true })).toMatchObject({ exitCode: 0 });
      expect(accounts.powerdns.nsOf(box.internet, cut)).toEqual([]);
      expect(accounts.rfc2136.zonesOf(box.internet, cut)).toHaveLength(1);
    } finally {
      await box.close();
    }
  });

  test('goes on with the zone that somebody makes by hand when the plan was shown', async () => {
    const box = await openBox();
    try {
      const { powerdns, rfc2136 } = accounts;
      const cut = parseName('new.example.uk');
      const before = powerdns.rowsBeside(box.internet, cut);
      const typed = { done: false };
      const answer = (): boolean => {
        if (!typed.done) rfc2136.makeZone(box.internet, cut, []);
        typed.done = true;
        return true;
      };
      const how = { hurry: true, options: { yes: false }, answer };
      const ran = await box.run(commands.delegate(cut, { ...flags, ttl: '60' }), how);
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(`${ran.out}${ran.err}`).toMatch(/by hand: make the zone new\.example\.uk\./);
      expect(powerdns.nsOf(box.internet, cut)).toEqual(bindServers.map(server => server.name));
      expect(powerdns.rowsBeside(box.internet, cut)).toEqual(before);
    } finally {
      await box.close();
    }
  });
});

/** Delegates, proves and undelegates, and looks that every other record stays as it was. */
async function thereAndBack(box: Box, parent: Account, child: Account): Promise<void> {
  const { internet } = box;
  const cut = parseName(`staging.${parent.apex}`);
  const before = parent.rowsBeside(internet, cut);
  const others = child.zonesOf(internet, child.apex);
  expect(before.length).toBeGreaterThan(5);
  expect(await askIsp(internet, cut, 'NS')).toMatchObject({ rcode: 'NXDOMAIN' });

  const flags = { parent: parent.id, child: child.id };
  const made = await box.run(commands.delegate(cut, { ...flags, ttl: '60' }), { options: { json: true } });
  expect(made).toMatchObject({ exitCode: 0, error: null });
  expect(JSON.parse(made.out)).toMatchObject({ schema: 'zonecut/run/v1', findings: [], open: false });
  const zones = child.zonesOf(internet, cut);
  expect(zones.length).toBe(1);
  const servers = zones[0]?.servers ?? [];
  expect(servers.length).toBe(child.zoneServers);
  expect(parent.nsOf(internet, cut)).toEqual(servers);
  expect(parent.rowsBeside(internet, cut)).toEqual(before);
  const answer = await askIsp(internet, cut, 'NS');
  expect(answer.answer.map(record => record.data).sort()).toEqual(servers);
  expect((await box.run(commands.verify(cut))).exitCode).toBe(0);

  const how = { hurry: true, options: { confirm: cut } };
  expect(await box.run(commands.undelegate(cut, flags), how)).toMatchObject({ exitCode: 0, error: null });
  expect(child.zonesOf(internet, cut)).toEqual([]);
  expect(parent.nsOf(internet, cut)).toEqual([]);
  expect(parent.rowsBeside(internet, cut)).toEqual(before);
  if (parent.id !== child.id) {
    expect(child.zonesOf(internet, child.apex)).toEqual(others);
  }
  expect((await box.run(commands.verify(cut))).exitCode).toBe(5);
}
