import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rdataFromOctets } from '../../src/dns/rdata.ts';
import { makeRRset, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { makeZone } from '../../src/dns/zone.ts';
import { parseZoneFile, printZoneFile } from '../../src/dns/zonefile.ts';
import { Dice } from '../dns/generate.ts';
import { generatedTypes, randomData } from '../dns/generate-rdata.ts';
import { zoneTypes } from '../dns/generate-zone.ts';
import { dropTestFolder, makeTestFolder, must } from './dns-named.ts';
import { checkWithBind, quiet, readWithBind } from './oracles/bind.ts';
import { compare, figuresOf, isKnownToDiffer } from './oracles/compare.ts';
import type { KnownDifference } from './oracles/differences.ts';
import { readWithDnspython } from './oracles/dnspython.ts';
import { readWithLdns } from './oracles/ldns.ts';
import { makeSamples, type Reading, type Sample } from './oracles/samples.ts';

/** Random records for each of the three programs: more than 100,000 in all. */
const count = 36_000;
const batch = 12_000;
const timeoutMs = 600_000;

/** A zone has one SOA, so that SOA records are for the programs that read single records. */
const ordinaryTypes = zoneTypes.filter(type => type !== 'SOA');

let folder = '';
beforeAll(async () => {
  folder = await makeTestFolder();
});
afterAll(() => dropTestFolder(folder));

const programs: readonly {
  readonly program: KnownDifference['program'];
  readonly types: readonly string[];
  readonly read: (samples: readonly Sample[]) => Promise<ReadonlyMap<number, Reading>>;
}[] = [
  { program: 'bind', types: ordinaryTypes, read: samples => readWithBind(folder, samples) },
  { program: 'ldns', types: ordinaryTypes, read: samples => readWithLdns(folder, samples) },
  { program: 'dnspython', types: generatedTypes, read: readWithDnspython },
];

test.each(programs)(
  `$program and zonecut read and write ${count} random records alike`,
  { timeout: timeoutMs },
  async ({ program, types, read }) => {
    const samples = makeSamples(new Dice(2026), types, count);
    const readings = new Map<number, Reading>();
    for (let at = 0; at < count; at += batch) {
      for (const [id, reading] of await read(samples.slice(at, at + batch))) readings.set(id, reading);
    }
    const comparison = compare(program, samples, readings);
    console.log(figuresOf(program, count, comparison));
    expect(comparison.unexplained.slice(0, 10)).toEqual([]);
    // What is explained must stay the small part: a third of the types are unknown to one program or the other.
    expect(comparison.agreed).toBeGreaterThan(count * 1.4);
  },
);

test('named-rrchecker reads and writes a record of every type as zonecut does', {
  timeout: timeoutMs,
}, () => {
  const samples = makeSamples(new Dice(7), generatedTypes, generatedTypes.length * 3);
  const readings = new Map(samples.map(sample => [sample.id, checkWithBind(sample)]));
  const comparison = compare('bind', samples, readings);
  console.log(figuresOf('named-rrchecker', samples.length, comparison));
  expect(comparison.unexplained).toEqual([]);
});

test('a zone of all types survives zonecut, BIND and zonecut again', { timeout: timeoutMs }, async () => {
  const apex = parseName('example.');
  const dice = new Dice(3);
  const refused = makeSamples(dice, ordinaryTypes, ordinaryTypes.length).filter(sample =>
    isKnownToDiffer('bind', { ...sample, text: rdataFromOctets('TXT', Uint8Array.of(0)) }),
  );
  const types = ordinaryTypes.filter(type => !refused.some(sample => sample.type === type));
  expect(types.length).toBeGreaterThan(70);
  const sets: readonly RRset[] = types.map(type => {
    const data = Array.from({ length: ['CNAME', 'DNAME', 'RESINFO'].includes(type) ? 1 : 4 }, () => {
      const rdata = rdataFromOctets(type, randomData(dice, type).octets);
      return isKnownToDiffer('bind', { id: 0, owner: apex, type, text: rdata, octets: new Uint8Array() })
        ? []
        : [rdata];
    });
    return makeRRset(parseName(`${type}.example.`), type, 300, data.flat());
  });
  const zone = makeZone(apex, [
    rrsetOf(apex, 'SOA', 3600, 'ns.example. host\\.master.example. 1 2 3 4 5'),
    rrsetOf(apex, 'NS', 3600, 'ns.example.'),
    rrsetOf('ns.example.', 'A', 3600, '192.0.2.1'),
    ...sets,
  ]);
  const [from, raw, to] = ['zone.in', 'zone.raw', 'zone.out'].map(name => path.join(folder, name));
  if (from === undefined || raw === undefined || to === undefined) throw new Error('no files');
  await writeFile(from, printZoneFile(zone));
  await must('named-compilezone', [...quiet, '-F', 'raw', '-o', raw, 'example.', from]);
  await must('named-compilezone', [...quiet, '-f', 'raw', '-F', 'text', '-o', to, 'example.', raw]);
  const parsed = parseZoneFile(await readFile(to, 'utf8'), { origin: apex });
  expect(parsed.problems).toEqual([]);
  expect(printZoneFile(makeZone(apex, parsed.rrsets))).toBe(printZoneFile(zone));
});
