import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { accounts } from '../e2e/accounts.ts';
import { type Box, openBox } from '../e2e/box.ts';
import { bundleProgram, type Program } from './program.ts';

const { namecheap, route53 } = accounts;

let program: Program;
let box: Box;
beforeAll(async () => {
  program = await bundleProgram();
});
afterAll(() => program?.remove());
beforeEach(async () => {
  box = await openBox({}, 'none');
});
afterEach(() => box.close());

const argsFor = (name: string): readonly string[] => [
  'delegate',
  name,
  '--parent',
  'namecheap',
  '--child',
  'route53',
  '--ttl',
  '60',
  '--for',
  'authoritative',
  '--yes',
];

test('of two processes that delegate one name at once, one makes nothing', async () => {
  const name = 'same.example.com';
  const cut = parseName(name);
  const before = namecheap.rowsBeside(box.internet, cut);
  const said = await Promise.all([1, 2].map(() => program.run(argsFor(name), box.environment)));
  const statuses = said.map(({ exitCode }) => exitCode).sort();
  // In use, or, when the other was faster, no longer as the plan saw it, or there already and only proven.
  expect(statuses[0]).toBe(0);
  expect([0, 1, 6, 7]).toContain(statuses[1]);
  const zones = route53.zonesOf(box.internet, cut);
  expect(zones).toHaveLength(1);
  expect(namecheap.nsOf(box.internet, cut)).toEqual(zones[0]?.servers);
  expect(namecheap.rowsBeside(box.internet, cut)).toEqual(before);
});

test('processes that change one zone at once, which is written as a whole, lose nothing of each other', async () => {
  const names = [1, 2, 3, 4].map(number => `turn${number}.example.com`);
  const before = namecheap.rowsBeside(box.internet, parseName('none.example.com'));
  const said = await Promise.all(names.map(name => program.run(argsFor(name), box.environment)));
  const delegated = names.filter((_, at) => said[at]?.exitCode === 0);
  expect(delegated.length).toBeGreaterThan(0);
  for (const [at, name] of names.entries()) {
    const cut = parseName(name);
    const [zone] = route53.zonesOf(box.internet, cut);
    // Who came when the zone was no longer as the plan saw it was refused before it did anything.
    expect(said[at]?.exitCode === 0 || said[at]?.exitCode === 6, said[at]?.err).toBe(true);
    expect(namecheap.nsOf(box.internet, cut)).toEqual(said[at]?.exitCode === 0 ? zone?.servers : []);
  }
  const after = namecheap.rowsBeside(box.internet, parseName('none.example.com'));
  expect(after).toEqual(expect.arrayContaining([...before]));
  expect(after).toHaveLength(before.length + 4 * delegated.length);
});
