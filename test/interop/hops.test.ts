import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAt, memberAt, textAt } from '../../src/providers/json.ts';
import { type Walk, walkOfDig, walkOfDrill } from './hops.ts';
import { ask, type Box, drillLookups, rootAddress, startBox } from './world.ts';

const cut = 'staging.example.com';
const questions: readonly (readonly [name: string, type: string])[] = [
  ['www.example.com', 'A'],
  ['vpn.office.example.com', 'A'],
  ['nosuch.example.com', 'A'],
  [cut, 'NS'],
  [cut, 'SOA'],
  [`www.${cut}`, 'A'],
  ['www.example.org', 'AAAA'],
  ['any.apps.example.org', 'A'],
  ['ns-1586.awsdns-06.co.uk', 'A'],
  ['nosuch.co.uk', 'A'],
  ['co.uk', 'NS'],
  ['example.com', 'DS'],
  ['nosuch.nosuchtld', 'A'],
];

let box: Box;

beforeAll(async () => {
  box = await startBox('--quick');
});

afterAll(async () => {
  await box?.close();
});

describe('before the cut', () => {
  test.each(questions)('dig +trace and drill -T walk the hops of zonecut trace to %s %s', walkTheSame);

  test('the walk to the name ends at its parent', async () => {
    expect((await traced(cut, 'NS')).zones).toEqual(['.', 'com.', 'example.com.']);
  });
});

describe('after the cut', () => {
  beforeAll(async () => {
    const { status, stderr } = await box.zonecut([
      'delegate',
      cut,
      '--child',
      'route53',
      '--parent',
      'namecheap',
      '--yes',
      '--for',
      'authoritative',
    ]);
    expect(status, stderr).toBe(0);
  });

  test.each(questions)('dig +trace and drill -T walk the hops of zonecut trace to %s %s', walkTheSame);

  test('the walk to the name goes on to the child', async () => {
    expect((await traced(cut, 'NS')).zones).toEqual(['.', 'com.', 'example.com.', `${cut}.`]);
  });
});

async function walkTheSame(name: string, type: string): Promise<void> {
  const trace = await traced(name, type);
  const dig = walkOfDig(await ask('dig', '+trace', `@${rootAddress}`, name, type));
  const drill = walkOfDrill(
    await ask('drill', ...(await drillLookups()), '-T', '-r', box.hintsFile, name, type),
  );
  expect(zonesOf(dig), 'the zones of dig +trace').toEqual(trace.zones);
  expect(zonesOf(drill), 'the zones of drill -T').toEqual(trace.zones);
  for (const [index, { zone, address }] of dig.hops.entries()) {
    expect(trace.addresses[index], `the servers of ${zone}`).toContain(address);
  }
  // An alias is not followed by zonecut; the servers add what they know of its target.
  expect(dig.end, 'the answer of dig +trace').toEqual(expect.arrayContaining([...trace.end]));
  expect(drill.end, 'the answer of drill -T').toEqual(dig.end);
}

function zonesOf(walk: Walk): readonly string[] {
  return walk.hops.map(hop => hop.zone);
}

/** What `zonecut trace --json` says of a walk. */
interface Traced {
  readonly zones: readonly string[];
  /** Of the servers of each zone. */
  readonly addresses: readonly (readonly string[])[];
  readonly end: readonly string[];
}

async function traced(name: string, type: string): Promise<Traced> {
  const { status, stdout, stderr } = await box.zonecut(['trace', name, type, '--json']);
  expect(status, stderr).toBe(0);
  const trace: unknown = JSON.parse(stdout);
  const levels = listAt(trace, 'levels') ?? [];
  const outcome = memberAt(trace, 'outcome');
  const soa = memberAt(outcome, 'soa');
  const sets = soa === undefined ? (listAt(outcome, 'rrsets') ?? []) : [soa];
  return {
    zones: levels.map(level => String(textAt(level, 'zone'))),
    addresses: levels.map(level =>
      (listAt(level, 'servers') ?? []).map(server => String(textAt(server, 'address'))),
    ),
    end: sets.flatMap(set =>
      (listAt(set, 'data') ?? []).map(data => `${textAt(set, 'owner')} ${textAt(set, 'type')} ${data}`),
    ),
  };
}
