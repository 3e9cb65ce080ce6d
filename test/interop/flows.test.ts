import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectationsUnder } from './flow-names.ts';
import { type Seen, summaryOf, watchFlow } from './flow-watch.ts';
import { type Flow, type FlowWorld, flowOf, openFlowWorld, parents } from './flow-world.ts';
import { sleep } from './journal.ts';

const flows = [
  flowOf('rfc2136', 'powerdns', 'to-powerdns'),
  flowOf('powerdns', 'rfc2136', 'to-bind'),
  flowOf('rfc2136', 'rfc2136', 'to-bind'),
  flowOf('powerdns', 'powerdns', 'to-powerdns'),
];
const hidden = flowOf('rfc2136', 'powerdns', 'hidden');
const dropped = flowOf('powerdns', 'powerdns', 'dropped');

/** Milliseconds for which questions go on after the command, so that caches filled in its last second are seen too. */
const afterwardsMs = 4000;
/** Milliseconds for which caches are filled before it. */
const beforehandMs = 1500;

let world: FlowWorld;

beforeAll(async () => {
  world = await openFlowWorld([...flows, hidden, dropped]);
}, 90_000);

afterAll(async () => {
  await world?.close();
});

describe.each(flows)('$cut from $parent to $child', flow => {
  test('delegate lets no name go, for anybody, at any instant', async () => {
    const seen = await watched('delegate', flow, ['--child', flow.child, '--ttl', '3', '--yes']);
    expect(summaryOf(seen.wrong)).toEqual([]);
    expect(seen.answered).toBe(seen.asked);
  });

  test('undelegate lets no name go, for anybody, at any instant', async () => {
    const seen = await watched('undelegate', flow, removal(flow));
    expect(summaryOf(seen.wrong)).toEqual([]);
    expect(seen.answered).toBe(seen.asked);
  });
});

describe('the watch sees it when names are let go', () => {
  const kindsOf = (seen: Seen): readonly string[] => [...new Set(seen.wrong.map(({ got }) => got))].sort();

  test('by delegate --hide', async () => {
    const seen = await watched('delegate', hidden, [
      '--child',
      hidden.child,
      '--ttl',
      '3',
      '--hide',
      '--yes',
    ]);
    expect(kindsOf(seen)).toEqual(['NODATA', 'NXDOMAIN']);
  });

  test('by undelegate --no-carry-back', async () => {
    const { cut, parent, child } = dropped;
    const made = await world.zonecut([
      ...['delegate', cut, '--parent', parent, '--child', child, '--remove-hidden'],
      ...['--ttl', '3', '--yes'],
    ]);
    expect(made.status, made.stderr).toBe(0);
    const seen = await watched('undelegate', dropped, [...removal(dropped), '--no-carry-back']);
    expect(kindsOf(seen)).toEqual(['NXDOMAIN']);
  });
});

/** A zone that was made by hand at a host without an API for zones goes by hand as well. */
function removal({ cut, child }: Flow): readonly string[] {
  return [
    '--child',
    child,
    ...(child === 'rfc2136' ? ['--keep-zone', '--yes'] : ['--confirm', cut.slice(0, -1)]),
  ];
}

async function watched(
  command: string,
  { cut, parent, child }: Flow,
  flags: readonly string[],
): Promise<Seen> {
  const apex = parents[parent].apex;
  const watch = await watchFlow(world.resolvers, count => expectationsUnder(cut, apex, count));
  try {
    await sleep(beforehandMs);
    const { status, stdout, stderr } = await world.zonecut(
      [command, cut.slice(0, -1), '--parent', parent, ...flags],
      {
        timeoutMs: 60_000,
      },
    );
    expect(status, stdout + stderr).toBe(0);
    await sleep(afterwardsMs);
  } finally {
    await watch.stop();
  }
  const seen = await watch.stop();
  process.stdout.write(
    `${command} ${parent} -> ${child}: ${seen.asked} questions, ${seen.wrong.length} wrong answers, ${seen.seconds.toFixed(1)} s\n`,
  );
  return seen;
}
