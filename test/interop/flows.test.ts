import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptOf } from '../attempt.ts';
import { delegating, expectSound, run, undelegating, watched } from './flow-run.ts';
import type { Seen } from './flow-watch.ts';
import { type FlowWorld, flowOf, flowOfAttempt, openFlowWorld } from './flow-world.ts';

const flows = [
  flowOf('rfc2136', 'powerdns', 'to-powerdns'),
  flowOf('powerdns', 'rfc2136', 'to-bind'),
  flowOf('rfc2136', 'rfc2136', 'to-bind'),
  flowOf('powerdns', 'powerdns', 'to-powerdns'),
];
const hidden = flowOf('rfc2136', 'powerdns', 'hidden');
const dropped = flowOf('powerdns', 'powerdns', 'dropped');

let world: FlowWorld;

beforeAll(async () => {
  world = await openFlowWorld([...flows, hidden, dropped]);
});

afterAll(async () => {
  await world?.close();
});

// Both parents at the same time, for the flows mostly wait. A parent that somebody else changes makes a plan stale.
describe.concurrent.each(['rfc2136', 'powerdns'])('in the zone of %s', parent => {
  const own = flows.filter(flow => flow.parent === parent);
  test.sequential.for(own)(
    'delegate and undelegate of $cut from $parent to $child let no name go, for anybody, at any instant',
    async (first, context) => {
      const flow = flowOfAttempt(first, attemptOf(context));
      const title = `${flow.parent} -> ${flow.child}`;
      expectSound(await watched(world, flow, `delegate ${title}`, delegating(flow)));
      expectSound(await watched(world, flow, `undelegate ${title}`, undelegating(flow)));
    },
  );
});

describe('the watch sees it when names are let go', () => {
  const kindsOf = (seen: Seen): readonly string[] => [...new Set(seen.wrong.map(({ got }) => got))].sort();

  test.concurrent('by delegate --hide', async context => {
    const flow = flowOfAttempt(hidden, attemptOf(context));
    const seen = await watched(world, flow, 'delegate --hide', delegating(flow, '--hide'));
    expect(kindsOf(seen)).toEqual(['NODATA', 'NXDOMAIN']);
  });

  test.concurrent('by undelegate --no-carry-back', async context => {
    const flow = flowOfAttempt(dropped, attemptOf(context));
    await run(world, delegating(flow, '--remove-hidden'));
    const args = undelegating(flow, '--no-carry-back');
    const seen = await watched(world, flow, 'undelegate --no-carry-back', args);
    expect(kindsOf(seen)).toEqual(['NXDOMAIN']);
  });
});
