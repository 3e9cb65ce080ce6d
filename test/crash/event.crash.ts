import { afterAll, describe, expect, test } from 'vitest';
import { dieAndGoOn, type Job, measure, nameOf } from './case.ts';
import { bundleVictim, type Death } from './process.ts';

// What a good run writes down tells where it can die, so it is known before the tests are named.
const program = await bundleVictim();
afterAll(() => program.remove());

/** A job and which of its events are tried: each `every`-th, from `first` on. */
interface Row {
  readonly job: Job;
  readonly first: number;
  readonly every: number;
}

const rows: readonly Row[] = [
  { job: { kind: 'delegate', parent: 'namecheap', child: 'route53', until: 'deadline' }, first: 1, every: 1 },
  { job: { kind: 'undelegate', parent: 'namecheap', child: 'route53' }, first: 1, every: 1 },
  { job: { kind: 'move', parent: 'namecheap', child: 'route53' }, first: 1, every: 1 },
  { job: { kind: 'move', parent: 'namecheap', child: 'dyn' }, first: 2, every: 4 },
  { job: { kind: 'mend', parent: 'namecheap', child: 'route53' }, first: 1, every: 1 },
  { job: { kind: 'mend', parent: 'dyn', child: 'route53' }, first: 2, every: 3 },
  { job: { kind: 'undo', parent: 'namecheap', child: 'route53' }, first: 1, every: 1 },
  { job: { kind: 'undo', parent: 'route53', child: 'dyn' }, first: 2, every: 4 },
  { job: { kind: 'delegate', parent: 'namecheap', child: 'dyn' }, first: 1, every: 3 },
  { job: { kind: 'delegate', parent: 'dyn', child: 'route53' }, first: 2, every: 3 },
  { job: { kind: 'delegate', parent: 'dyn', child: 'dyn' }, first: 3, every: 3 },
  { job: { kind: 'delegate', parent: 'route53', child: 'route53' }, first: 1, every: 3 },
  { job: { kind: 'delegate', parent: 'route53', child: 'dyn' }, first: 2, every: 3 },
  { job: { kind: 'undelegate', parent: 'dyn', child: 'dyn' }, first: 2, every: 3 },
  { job: { kind: 'undelegate', parent: 'route53', child: 'dyn' }, first: 3, every: 3 },
];

const cases = await Promise.all(
  rows.map(async ({ job, first, every }) => {
    const { events } = await measure(program, job);
    const numbers = Array.from({ length: events }, (_, at) => at + 1);
    return {
      job,
      numbers: numbers.filter(number => number >= first && (number - first) % every === 0),
      events,
    };
  }),
);

/** On a busy machine the run that was measured may have had an event more, where a wait was over before it began. */
async function dies(job: Job, number: number, death: Death): Promise<void> {
  const { killed, events } = await dieAndGoOn(program, job, () => death);
  if (!killed) expect(number).toBeGreaterThan(events);
}

for (const { job, numbers, events } of cases) {
  describe(`${nameOf(job)}, ${events} events`, () => {
    test.concurrent.each(numbers)('killed as soon as event %i is on the disk', async number => {
      const death = { variables: { VICTIM_KILL_AFTER: String(number) } };
      await dies(job, number, death);
    });
    test.concurrent.each(numbers)('killed before event %i is written', async number => {
      const death = { variables: { VICTIM_KILL_BEFORE: String(number) } };
      await dies(job, number, death);
    });
  });
}
