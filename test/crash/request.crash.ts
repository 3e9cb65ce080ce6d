import type { ChildProcess } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import type { Box } from '../e2e/box.ts';
import { dieAndGoOn, type Job, measure, nameOf } from './case.ts';
import { bundleVictim, type Death } from './process.ts';

const program = await bundleVictim();
afterAll(() => program.remove());

const jobs: readonly Job[] = [
  { kind: 'delegate', parent: 'namecheap', child: 'route53' },
  { kind: 'undelegate', parent: 'namecheap', child: 'route53' },
  { kind: 'mend', parent: 'namecheap', child: 'route53' },
  { kind: 'delegate', parent: 'route53', child: 'dyn' },
  { kind: 'undelegate', parent: 'dyn', child: 'dyn' },
];
const cases = await Promise.all(
  jobs.map(async job => ({ job, requests: (await measure(program, job)).requests })),
);

for (const { job, requests } of cases) {
  const numbers = Array.from({ length: requests }, (_, at) => at);
  describe(`${nameOf(job)}, ${requests} requests`, () => {
    test.concurrent.each(numbers)('killed while request %i is carried out', async number => {
      const { killed, requests: asked } = await dieAndGoOn(program, job, box => diesAt(box, number));
      // On a busy machine the run that was measured may have asked once more.
      if (!killed) expect(number).toBeGreaterThanOrEqual(asked);
    });
  });
}

/** The process dies when the host has got the request; the host carries it out all the same. */
function diesAt(box: Box, skip: number): Death {
  return {
    onReady: (child: ChildProcess) => {
      const edit = async (): Promise<void> => {
        const gone = new Promise<void>(resolve => {
          child.once('exit', () => resolve());
        });
        child.kill('SIGKILL');
        await gone;
      };
      box.internet.faults.inject({ api: '*', operation: '*', kind: 'edit-before', skip, edit });
    },
  };
}
