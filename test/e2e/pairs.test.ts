import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { type Account, accounts, type HostId } from './accounts.ts';
import { type Box, commands, openBox } from './box.ts';
import { askIsp } from './look.ts';

const parents: readonly HostId[] = ['namecheap', 'dyn', 'route53'];
const children: readonly HostId[] = ['route53', 'dyn'];
const pairs = parents.flatMap(parent => children.map((child): [HostId, HostId] => [parent, child]));

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
  expect(servers.length).toBe(4);
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
