import { afterAll, describe, test } from 'vitest';
import { dieAndGoOn, type Job, measure, nameOf } from './case.ts';
import { bundleVictim } from './process.ts';

const seed = Number(process.env['CRASH_SEED'] ?? '20261123');
console.log(`random moments of seed ${seed}; CRASH_SEED chooses another`);

const program = await bundleVictim();
afterAll(() => program.remove());

const rows: readonly { readonly job: Job; readonly moments: number }[] = [
  { job: { kind: 'delegate', parent: 'namecheap', child: 'route53' }, moments: 50 },
  { job: { kind: 'undelegate', parent: 'namecheap', child: 'route53' }, moments: 10 },
  { job: { kind: 'delegate', parent: 'namecheap', child: 'dyn' }, moments: 6 },
  { job: { kind: 'delegate', parent: 'dyn', child: 'route53' }, moments: 6 },
  { job: { kind: 'delegate', parent: 'dyn', child: 'dyn' }, moments: 6 },
  { job: { kind: 'delegate', parent: 'route53', child: 'route53' }, moments: 6 },
  { job: { kind: 'delegate', parent: 'route53', child: 'dyn' }, moments: 6 },
];

/** Numbers from 0 to 1 that a seed gives (mulberry32). */
function* fractions(from: number): Generator<number, never> {
  let state = from >>> 0;
  for (;;) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

const chance = fractions(seed);
const cases = [];
for (const { job, moments } of rows) {
  const { lastsMs } = await measure(program, job);
  cases.push({ job, moments: Array.from({ length: moments }, () => chance.next().value * lastsMs), lastsMs });
}

for (const { job, moments, lastsMs } of cases) {
  describe(`${nameOf(job)}, which lasts ${Math.round(lastsMs)} ms`, () => {
    test.concurrent.each(moments)('killed after %d ms', async afterMs => {
      // A machine that is faster for a moment lets a run end before its death: then it dies earlier.
      for (let dies = afterMs; !(await dieAndGoOn(program, job, () => ({ afterMs: dies }))).killed; ) {
        dies /= 2;
      }
    });
  });
}
