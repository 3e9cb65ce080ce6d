import { driverNamed } from '../../src/providers/registry.ts';
import { type Conditions, makeInternet } from './internet.ts';
import { exampleApex, type HostId } from './owner.ts';

const calm: Conditions = {
  signed: false,
  resolvers: false,
  times: { negativeTtlSeconds: 300, delegationTtlSeconds: 300, visibilityDelayMs: 0 },
  lag: { delayMs: 0, spreadMs: 0 },
  loss: 0,
  farMs: 1,
  slowMs: 1,
};

let warm: Promise<void> | null = null;

/**
 * Has this process load and read what it needs but once: modules, and the files that the AWS SDK looks for.
 *
 * That takes real time, in which a simulated clock goes on: without it the first story of a process would be another one.
 */
export function warmUp(epochMs: number): Promise<void> {
  warm ??= speakToEach(epochMs);
  return warm;
}

async function speakToEach(epochMs: number): Promise<void> {
  const { clock, world, environment } = makeInternet(0, calm, epochMs);
  for (const host of Object.keys(exampleApex) as readonly HostId[]) {
    const open = await driverNamed(host).load();
    await clock.run(open(world, { environment }).then(provider => provider.whoAmI()));
  }
}
