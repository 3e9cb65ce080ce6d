import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { delegating, expectProven, undelegating, type Watched, watched } from './flow-run.ts';
import { summaryOf } from './flow-watch.ts';
import { type Flow, type FlowWorld, flowOf, openSignedWorld } from './flow-world.ts';

/** Hosts that share no server: what a secure parent's own servers say of a zone below it is another matter. */
const flows = [
  flowOf('rfc2136', 'powerdns', 'to-powerdns'),
  flowOf('powerdns', 'rfc2136', 'to-bind'),
  flowOf('rfc2136', 'rfc2136', 'to-bind'),
];
/** Seconds. */
const negativeTtl = 2;

let world: FlowWorld;

beforeAll(async () => {
  world = await openSignedWorld(flows, negativeTtl);
}, 90_000);

afterAll(async () => {
  await world?.close();
});

/** The command under the eyes of validators. */
function validated(flow: Flow, title: string, args: readonly string[]): Promise<Watched> {
  return watched(world, flow, title, args, { dnssecOk: true });
}

// Both parents at the same time, for the flows mostly wait. A parent that somebody else changes makes a plan stale.
describe.concurrent.each(['rfc2136', 'powerdns'])('in the signed zone of %s', parent => {
  const own = flows.filter(flow => flow.parent === parent);
  describe.sequential.each(own)('$cut from $parent to $child', flow => {
    test.sequential('delegate --sign lets no name go, and all is proven at every instant', async () => {
      const title = `delegate --sign ${flow.parent} -> ${flow.child}`;
      const seen = await validated(flow, title, delegating(flow, '--sign'));
      expectProven(seen);
      expect(summaryOf(seen.unproven)).toEqual([]);
    });

    test.sequential('undelegate lets no name go, and all is proven before and after', async () => {
      const title = `undelegate of a signed ${flow.child} below ${flow.parent}`;
      const seen = await validated(flow, title, undelegating(flow));
      expectProven(seen);
      expect(seen.unproven).not.toEqual([]);
    });
  });
});
