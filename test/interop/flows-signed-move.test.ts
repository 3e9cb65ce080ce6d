import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptOf } from '../attempt.ts';
import { delegating, expectProven, lastMoveOf, provenCare, run, watched } from './flow-run.ts';
import { type FlowWorld, flowOf, flowOfAttempt, openSignedWorld } from './flow-world.ts';

/** Below a parent that shares no server with either, and below one whose servers hold the new zone too. */
const flows = [flowOf('rfc2136', 'rfc2136', 'moving'), flowOf('powerdns', 'rfc2136', 'moving')];
/** Seconds; of the parents. */
const negativeTtl = 2;

let world: FlowWorld;

beforeAll(async () => {
  world = await openSignedWorld(flows, negativeTtl);
});

afterAll(async () => {
  await world?.close();
});

// Both at the same time, for the flows mostly wait.
test.concurrent.for(flows)(
  '$cut in the signed zone of $parent: move from BIND to PowerDNS and undo, a move back, let no name go for any validator, and are secure before and after',
  async (first, context) => {
    const flow = flowOfAttempt(first, attemptOf(context));
    const { cut, parent } = flow;
    const name = cut.slice(0, -1);
    // Nothing in the parent shall stand in for what the child loses.
    await run(world, delegating(flow, '--sign', '--remove-hidden'));

    const move = ['move', name, '--parent', parent, '--from', 'rfc2136', '--to', 'powerdns', '--yes'];
    const title = `signed move rfc2136 -> powerdns below ${parent}`;
    const moved = await watched(world, flow, title, [...move, '--go-insecure'], provenCare);
    expectProven(moved);
    expect(moved.unproven).not.toEqual([]);

    const undo = ['undo', await lastMoveOf(world, name), '--confirm', name];
    expect((await world.zonecut(undo)).stderr).toContain('--go-insecure');
    const back = `undo of it, powerdns -> rfc2136 below ${parent}`;
    expectProven(await watched(world, flow, back, [...undo, '--go-insecure'], provenCare));
  },
);
