import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptOf } from '../attempt.ts';
import { delegating, expectProven, provenCare, undelegating, type Watched, watched } from './flow-run.ts';
import { summaryOf } from './flow-watch.ts';
import { type Flow, type FlowWorld, flowOf, flowOfAttempt, openSignedWorld } from './flow-world.ts';

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
});

afterAll(async () => {
  await world?.close();
});

/** The command under the eyes of validators. */
function validated(flow: Flow, title: string, args: readonly string[]): Promise<Watched> {
  return watched(world, flow, title, args, provenCare);
}

// Both parents at the same time, for the flows mostly wait. A parent that somebody else changes makes a plan stale.
describe.concurrent.each(['rfc2136', 'powerdns'])('in the signed zone of %s', parent => {
  const own = flows.filter(flow => flow.parent === parent);
  test.sequential.for(own)(
    '$cut from $parent to $child: delegate --sign and undelegate let no name go, all is proven at every instant of the one, and before and after the other',
    async (first, context) => {
      const flow = flowOfAttempt(first, attemptOf(context));
      const made = await validated(
        flow,
        `delegate --sign ${flow.parent} -> ${flow.child}`,
        delegating(flow, '--sign'),
      );
      expectProven(made);
      expect(summaryOf(made.unproven)).toEqual([]);
      const gone = await validated(
        flow,
        `undelegate of a signed ${flow.child} below ${flow.parent}`,
        undelegating(flow),
      );
      expectProven(gone);
      expect(gone.unproven).not.toEqual([]);
    },
  );
});
