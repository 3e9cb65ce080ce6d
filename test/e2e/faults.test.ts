import { describe, test } from 'vitest';
import { requestFaultKinds } from '../../src/sandbox/faults.ts';
import {
  type FaultCase,
  type Job,
  meetFault,
  nameOf,
  type Operation,
  operationsOf,
  requestsOf,
} from './fault-case.ts';

const jobs: readonly Job[] = [
  { kind: 'delegate', parent: 'namecheap', child: 'route53' },
  { kind: 'delegate', parent: 'route53', child: 'dyn' },
  { kind: 'undelegate', parent: 'dyn', child: 'route53' },
];

// What a good run asks tells what can fail, so that no operation is forgotten.
const asked = await Promise.all(
  jobs.map(async job => ({ job, operations: operationsOf(await requestsOf(job)) })),
);

/** Each operation where it is asked first, so that none is tried twice; `test:crash` tries all of them everywhere. */
const seen = new Set<string>();
for (const { job, operations } of asked) {
  const fresh = operations.filter(({ api, operation }) => !seen.has(`${api} ${operation}`));
  for (const { api, operation } of fresh) {
    seen.add(`${api} ${operation}`);
  }
  describe(nameOf(job), () => {
    test.concurrent.each(fresh.flatMap(once))('$operation meets $kind', async fault => {
      await meetFault(job, fault);
    });
    test.concurrent.each(fresh.map(always))('$operation meets $kind again and again', async fault => {
      await meetFault(job, fault);
    });
  });
}

/** Every fault at the last request of an operation, which is the one that matters most. */
function once({ api, operation, count }: Operation): readonly FaultCase[] {
  return requestFaultKinds.map(kind => ({ api, operation, kind, skip: count - 1, lasts: 'once' }));
}

function always({ api, operation, count }: Operation): FaultCase {
  return { api, operation, kind: 'error-after', skip: count - 1, lasts: 'always' };
}
