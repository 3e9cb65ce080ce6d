import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { delegating, lastMoveOf, run, watched } from './flow-run.ts';
import { summaryOf } from './flow-watch.ts';
import { type FlowWorld, flowOf, openFlowWorld } from './flow-world.ts';

/** Below a parent that shares no server with either, and below one whose server holds the new zone too. */
const flows = [flowOf('rfc2136', 'rfc2136', 'moving'), flowOf('powerdns', 'rfc2136', 'moving')];

let world: FlowWorld;

beforeAll(async () => {
  world = await openFlowWorld(flows);
}, 90_000);

afterAll(async () => {
  await world?.close();
});

// Both at the same time, for the flows mostly wait.
describe.concurrent.each(flows)('$cut in the zone of $parent', flow => {
  const { cut, parent } = flow;
  const name = cut.slice(0, -1);

  beforeAll(async () => {
    // Nothing in the parent shall stand in for what the child loses.
    await run(world, delegating(flow, '--remove-hidden'));
  }, 60_000);

  test.sequential('move from BIND to PowerDNS lets no name go, for anybody, at any instant', async () => {
    const args = ['move', name, '--parent', parent, '--from', 'rfc2136', '--to', 'powerdns', '--yes'];
    const seen = await watched(world, flow, `move rfc2136 -> powerdns below ${parent}`, args);
    expect(summaryOf(seen.wrong)).toEqual([]);
    expect(seen.answered).toBe(seen.asked);
  }, 120_000);

  test.sequential('the zone that was kept names the servers of PowerDNS, so that it is not moved to', async () => {
    const { status, stderr } = await world.zonecut([
      ...['move', name, '--parent', parent, '--from', 'powerdns', '--to', 'rfc2136'],
      ...['--confirm', name],
    ]);
    expect({ status, stderr }).toEqual({ status: 7, stderr: expect.stringContaining('names too') });
  });

  test.sequential('undo, a move back to BIND, lets no name go, for anybody, at any instant', async () => {
    const args = ['undo', await lastMoveOf(world, name), '--confirm', name];
    const seen = await watched(world, flow, `undo of it, powerdns -> rfc2136 below ${parent}`, args);
    expect(summaryOf(seen.wrong)).toEqual([]);
    expect(seen.answered).toBe(seen.asked);
  }, 120_000);
});
