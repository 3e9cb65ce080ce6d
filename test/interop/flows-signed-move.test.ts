import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { delegating, expectProven, lastMoveOf, run, watched } from './flow-run.ts';
import { type FlowWorld, flowOf, openSignedWorld } from './flow-world.ts';

/** Below a parent that shares no server with either, and below one whose servers hold the new zone too. */
const flows = [flowOf('rfc2136', 'rfc2136', 'moving'), flowOf('powerdns', 'rfc2136', 'moving')];
/** Seconds; of the parents. */
const negativeTtl = 2;

let world: FlowWorld;

beforeAll(async () => {
  world = await openSignedWorld(flows, negativeTtl);
}, 90_000);

afterAll(async () => {
  await world?.close();
});

// Both at the same time, for the flows mostly wait.
describe.concurrent.each(flows)('$cut in the signed zone of $parent', flow => {
  const { cut, parent } = flow;
  const name = cut.slice(0, -1);

  beforeAll(async () => {
    // Nothing in the parent shall stand in for what the child loses.
    await run(world, delegating(flow, '--sign', '--remove-hidden'));
  }, 60_000);

  test.sequential('move from BIND to PowerDNS lets no name go for any validator, and is secure before and after', async () => {
    const args = ['move', name, '--parent', parent, '--from', 'rfc2136', '--to', 'powerdns', '--yes'];
    const title = `signed move rfc2136 -> powerdns below ${parent}`;
    const seen = await watched(world, flow, title, [...args, '--go-insecure'], { dnssecOk: true });
    expectProven(seen);
    expect(seen.unproven).not.toEqual([]);
  }, 120_000);

  test.sequential('undo, a move back to BIND, lets no name go for any validator, and is secure before and after', async () => {
    const args = ['undo', await lastMoveOf(world, name), '--confirm', name];
    expect((await world.zonecut(args)).stderr).toContain('--go-insecure');
    const title = `undo of it, powerdns -> rfc2136 below ${parent}`;
    expectProven(await watched(world, flow, title, [...args, '--go-insecure'], { dnssecOk: true }));
  }, 120_000);
});
