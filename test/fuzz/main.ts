import { parseArgs } from 'node:util';
import { fuzzCounts } from './bombs.ts';
import { fuzzPackets } from './packets.ts';
import { fuzzRecords } from './records.ts';
import type { Tally } from './tally.ts';
import { fuzzZoneFiles } from './zonefiles.ts';

/** How many cases of each kind make a short run, of about a minute. */
const kinds: Readonly<
  Record<string, { readonly run: (count: number, seed: number) => Tally; readonly short: number }>
> = {
  wire: { run: fuzzPackets, short: 150_000 },
  zonefile: { run: fuzzZoneFiles, short: 12_000 },
  rdata: { run: fuzzRecords, short: 60_000 },
  counts: { run: fuzzCounts, short: 150 },
};

const usage = `usage: npm run fuzz -- wire|zonefile|rdata|counts|short [--count N] [--seed S]
  wire      mutated packets       zonefile  mutated zone files
  rdata     mutated record data   counts    packets whose counts lie, and the memory that they take
  short     some of each`;

/** Characters of the input of a broken case that are printed. */
const maxShown = 4000;

function report(tally: Tally): void {
  for (const { at, why, input } of tally.broken) {
    console.log(`failed: ${tally.kind} case ${at}: ${why}\n  ${input.slice(0, maxShown)}`);
  }
  console.log(tally.summary());
  if (tally.slowestMs > 1) console.log(`  slowest: ${tally.slowestInput.slice(0, 200)}`);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const [kind = ''] = positionals;
const seed = Number(values.seed);
const chosen = kind === 'short' ? Object.keys(kinds) : Object.keys(kinds).filter(name => name === kind);
if (chosen.length === 0 || !Number.isInteger(seed)) {
  console.error(usage);
  process.exitCode = 2;
} else {
  let passed = 0;
  let failed = 0;
  for (const name of chosen) {
    const entry = kinds[name];
    if (entry === undefined) continue;
    const count = values.count === undefined ? entry.short : Number(values.count);
    console.log(`${name}: ${count} cases from seed ${seed}`);
    const tally = entry.run(count, seed);
    report(tally);
    passed += tally.cases - tally.failed;
    failed += tally.failed;
  }
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
