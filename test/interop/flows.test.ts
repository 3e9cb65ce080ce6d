import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { delegating, run, undelegating, watched } from './flow-run.ts';
import { type Seen, summaryOf } from './flow-watch.ts';
import { type FlowWorld, flowOf, openFlowWorld } from './flow-world.ts';

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
}, 90_000);

afterAll(async () => {
  await world?.close();
});

// Both parents at the same time, for the flows mostly wait. A parent that somebody else changes makes a plan stale.
describe.concurrent.each(['rfc2136', 'powerdns'])('in the zone of %s', parent => {
  const own = flows.filter(flow => flow.parent === parent);
  describe.sequential.each(own)('$cut from $parent to $child', flow => {
    test.sequential('delegate lets no name go, for anybody, at any instant', async () => {
      const title = `delegate ${flow.parent} -> ${flow.child}`;
      const seen = await watched(world, flow, title, delegating(flow));
      expect(summaryOf(seen.wrong)).toEqual([]);
      expect(seen.answered).toBe(seen.asked);
    });

    test.sequential('undelegate lets no name go, for anybody, at any instant', async () => {
      const title = `undelegate ${flow.parent} -> ${flow.child}`;
      const seen = await watched(world, flow, title, undelegating(flow));
      expect(summaryOf(seen.wrong)).toEqual([]);
      expect(seen.answered).toBe(seen.asked);
    });
  });
});

describe('the watch sees it when names are let go', () => {
  const kindsOf = (seen: Seen): readonly string[] => [...new Set(seen.wrong.map(({ got }) => got))].sort();

  test.concurrent('by delegate --hide', async () => {
    const seen = await watched(world, hidden, 'delegate --hide', delegating(hidden, '--hide'));
    expect(kindsOf(seen)).toEqual(['NODATA', 'NXDOMAIN']);
  });

  test.concurrent('by undelegate --no-carry-back', async () => {
    await run(world, delegating(dropped, '--remove-hidden'));
    const args = undelegating(dropped, '--no-carry-back');
    const seen = await watched(world, dropped, 'undelegate --no-carry-back', args);
    expect(kindsOf(seen)).toEqual(['NXDOMAIN']);
  });
});
