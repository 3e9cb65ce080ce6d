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
} from '../e2e/fault-case.ts';

const jobs: readonly Job[] = [
  { kind: 'delegate', parent: 'namecheap', child: 'route53' },
  { kind: 'delegate', parent: 'route53', child: 'dyn' },
  { kind: 'undelegate', parent: 'dyn', child: 'dyn' },
];
const asked = await Promise.all(
  jobs.map(async job => ({ job, operations: operationsOf(await requestsOf(job)) })),
);

for (const [at, { job, operations }] of asked.entries()) {
  describe(nameOf(job), () => {
    // Of the other jobs the quick suite tries each operation that the main job does not have.
    test.concurrent.each(at === 0 ? operations.flatMap(each) : [])(
      '$operation after $skip others meets $kind',
      async fault => {
        await meetFault(job, fault);
      },
    );
    test.concurrent.each(operations.flatMap(always))(
      '$operation meets $kind again and again',
      async fault => {
        await meetFault(job, fault);
      },
    );
  });
}

/** Every fault at every request. */
function each({ api, operation, count }: Operation): readonly FaultCase[] {
  return Array.from({ length: count }, (_, skip) => skip).flatMap(skip =>
    requestFaultKinds.map((kind): FaultCase => ({ api, operation, kind, skip, lasts: 'once' })),
  );
}

/** Every fault at every request from the first on. Those that take long are tried in the quick suite. */
function always({ api, operation }: Operation): readonly FaultCase[] {
  return requestFaultKinds
    .filter(kind => !kind.startsWith('timeout'))
    .map(kind => ({ api, operation, kind, skip: 0, lasts: 'always' }));
}
