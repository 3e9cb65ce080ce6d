import { afterEach, expect, test } from 'vitest';
import { textAt } from '../../src/providers/json.ts';
import { journalShows, sleep } from './journal.ts';
import { startUnbounds, type Unbound } from './unbound.ts';
import { type Watch, watch } from './watch.ts';
import { ispAddress, type OpenBox, openBox } from './world.ts';

/**
 * An Unbound has only one first time to be asked, and nobody outside knows when the cut will be. So many fresh ones are
 * asked, one shortly after the other, from the moment at which the journal says that the NS records are being written:
 * the last that still hears that there is no such name was asked an instant before the cut.
 */
const crowd = 16;
/** How often zonecut waits for the processor, one time after the other, when it looks whether the cut is there. */
const turnsOfALook = 5;
/** Milliseconds between two moments at which it is seen how late the machine is. */
const latenessTickMs = 20;
const name = 'staging.example.com';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()));
});

test.each([
  { negativeTtlSeconds: 2, visibilityDelayMs: 0, spacingMs: 5 },
  { negativeTtlSeconds: 3, visibilityDelayMs: 400, spacingMs: 30 },
  { negativeTtlSeconds: 7, visibilityDelayMs: 400, spacingMs: 30 },
  { negativeTtlSeconds: 11, visibilityDelayMs: 1500, spacingMs: 100 },
  { negativeTtlSeconds: 5, visibilityDelayMs: 3300, spacingMs: 250 },
])(
  'an Unbound that was asked an instant before the cut lets go within 2 s of the announced moment: $negativeTtlSeconds s of negative TTL, visible after $visibilityDelayMs ms',
  async ({ negativeTtlSeconds, visibilityDelayMs, spacingMs }) => {
    const box = await openBox({ negativeTtlSeconds, delegationTtlSeconds: 5, visibilityDelayMs });
    closers.push(box.close);
    const unbounds = await startUnbounds(box.hintsFile, crowd);
    closers.push(...unbounds.map(unbound => unbound.stop));
    const lateness = watchLateness();
    const { watches, deadlineMs } = await delegateWatched(box, unbounds, spacingMs, visibilityDelayMs);
    const lateMs = lateness.end();
    await sleep(deadlineMs + 1000 - Date.now());
    await Promise.all(watches.map(seen => seen.stop()));
    const early = watches.filter(seen => seen.sightings[0]?.said.kind === 'nxdomain');
    const released = early.map(seen => releaseOf(seen, deadlineMs));
    report(negativeTtlSeconds, visibilityDelayMs, early, deadlineMs);
    process.stdout.write(`  somebody who wanted to run waited for ${Math.round(lateMs)} ms at worst\n`);
    expect(early.length, 'Unbounds that were asked before the cut').toBeGreaterThan(0);
    // Never after it, whoever was asked before the cut: one question of each is sent at that very moment.
    expect(Math.max(...early.map(seen => lastOldOf(seen, deadlineMs)))).toBeLessThan(0);
    // Within 2 s of it, for the last that was asked before the cut; later by as much as it took to see the cut on a busy machine.
    expect(Math.max(...released)).toBeGreaterThanOrEqual(-2000 - turnsOfALook * lateMs);
  },
);

/** Sees how long somebody who wants to run has to wait, in milliseconds, at worst. */
function watchLateness(): { end(): number } {
  let [worst, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - last - latenessTickMs);
    last = now;
  }, latenessTickMs);
  return {
    end: () => {
      clearInterval(timer);
      return worst;
    },
  };
}

/** Delegates, and lets each of `unbounds` and the ISP be asked for the first time while the NS records are written. */
async function delegateWatched(
  box: OpenBox,
  unbounds: readonly Unbound[],
  spacingMs: number,
  visibilityDelayMs: number,
): Promise<{ readonly watches: readonly Watch[]; readonly deadlineMs: number }> {
  const running = box.zonecut([
    'delegate',
    name,
    '--child',
    'route53',
    '--parent',
    'namecheap',
    '--yes',
    '--for',
    'authoritative',
    '--json',
  ]);
  // Where a change is visible at once there is no time between: the crowd begins a step earlier.
  await journalShows(
    box.stateFolder,
    name,
    'step-started',
    visibilityDelayMs === 0 ? 'prove-child' : 'delegate',
  );
  const watches: Watch[] = [];
  for (const address of [ispAddress, ...unbounds.map(unbound => unbound.address)]) {
    watches.push(watch(address, name));
    await sleep(spacingMs);
  }
  const { status, stdout, stderr } = await running;
  expect(status, stderr + stdout).toBe(0);
  const deadline = textAt(JSON.parse(stdout), 'deadline');
  const deadlineMs = Date.parse(String(deadline));
  expect(deadlineMs, `the deadline ${deadline}`).toBeGreaterThan(Date.now());
  for (const seen of watches) {
    seen.alignTo(deadlineMs);
  }
  return { watches, deadlineMs };
}

/** When `seen` saw the new NS set first, in milliseconds after the deadline; it must see nothing else from then on. */
function releaseOf(seen: Watch, deadlineMs: number): number {
  const { sightings } = seen;
  const first = sightings.findIndex(({ said }) => said.kind === 'answer');
  const before = sightings.slice(0, first).filter(({ said }) => said.kind !== 'nxdomain');
  const after = sightings
    .slice(first)
    .filter(({ said }) => said.kind !== 'answer' || said.names.length !== 4);
  expect({ resolver: seen.address, before, after }).toEqual({
    resolver: seen.address,
    before: [],
    after: [],
  });
  return (sightings[first]?.askedAtMs ?? Number.POSITIVE_INFINITY) - deadlineMs;
}

/** When `seen` was asked the last time that it still gave the old answer, in milliseconds after the deadline. */
function lastOldOf(seen: Watch, deadlineMs: number): number {
  const old = seen.sightings.findLast(({ said }) => said.kind === 'nxdomain');
  return (old?.askedAtMs ?? Number.NEGATIVE_INFINITY) - deadlineMs;
}

function report(ttlSeconds: number, delayMs: number, early: readonly Watch[], deadlineMs: number): void {
  const lines = early.map(seen => {
    const asked = seen.sightings[0]?.askedAtMs ?? Number.NaN;
    const letGo = releaseOf(seen, deadlineMs);
    return `  ${seen.address.padEnd(13)} asked ${seconds(asked - deadlineMs)}, new answer ${seconds(letGo)}\n`;
  });
  process.stdout.write(
    `negative TTL ${ttlSeconds} s, visible after ${delayMs} ms; moments relative to the one that zonecut announced:\n${lines.join('')}`,
  );
}

function seconds(ms: number): string {
  return `${ms < 0 ? '' : '+'}${(ms / 1000).toFixed(3)} s`;
}
