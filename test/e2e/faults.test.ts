import { describe, test } from 'vitest';
import {
  type FaultCase,
  faultKinds,
  type Job,
  meetFault,
  nameOf,
  operationsOf,
  requestsOf,
} from './fault-case.ts';

const jobs: readonly Job[] = [
  { kind: 'delegate', parent: 'namecheap', child: 'route53' },
  { kind: 'delegate', parent: 'route53', child: 'dyn' },
  { kind: 'undelegate', parent: 'dyn', child: 'route53' },
];

// What a good run asks tells what can fail, so that no operation is forgotten.
const matrix = await Promise.all(
  jobs.map(async job => {
    const operations = operationsOf(await requestsOf(job));
    const once = operations.flatMap(({ api, operation, count }) =>
      faultKinds.map((kind): FaultCase => ({ api, operation, kind, skip: count - 1, lasts: 'once' })),
    );
    return { job, once, operations };
  }),
);

for (const { job, once } of matrix) {
  describe(nameOf(job), () => {
    test.concurrent.each(once)('$operation meets $kind', async fault => {
      await meetFault(job, fault);
    });
  });
}
