import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptOf } from '../attempt.ts';
import { delegating, expectSound, lastMoveOf, run, watched } from './flow-run.ts';
import { type FlowWorld, flowOf, flowOfAttempt, openFlowWorld } from './flow-world.ts';

/** Below a parent that shares no server with either, and below one whose server holds the new zone too. */
const flows = [flowOf('rfc2136', 'rfc2136', 'moving'), flowOf('powerdns', 'rfc2136', 'moving')];

let world: FlowWorld;

beforeAll(async () => {
  world = await openFlowWorld(flows);
});

afterAll(async () => {
  await world?.close();
});

// Both at the same time, for the flows mostly wait.
test.concurrent.for(flows)(
  '$cut in the zone of $parent: move from BIND to PowerDNS and undo, a move back, let no name go, for anybody, at any instant',
  async (first, context) => {
    const flow = flowOfAttempt(first, attemptOf(context));
    const { cut, parent } = flow;
    const name = cut.slice(0, -1);
    // Nothing in the parent shall stand in for what the child loses.
    await run(world, delegating(flow, '--remove-hidden'));

    const move = ['move', name, '--parent', parent, '--from', 'rfc2136', '--to', 'powerdns', '--yes'];
    expectSound(await watched(world, flow, `move rfc2136 -> powerdns below ${parent}`, move));

    // The zone that was kept names the servers of PowerDNS, so that it is not moved to.
    const { status, stderr } = await world.zonecut([
      ...['move', name, '--parent', parent, '--from', 'powerdns', '--to', 'rfc2136'],
      ...['--confirm', name],
    ]);
    expect({ status, stderr }).toEqual({ status: 7, stderr: expect.stringContaining('names too') });

    const undo = ['undo', await lastMoveOf(world, name), '--confirm', name];
    expectSound(await watched(world, flow, `undo of it, powerdns -> rfc2136 below ${parent}`, undo));
  },
);
