import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textAt } from '../../src/providers/json.ts';
import { attemptOf, labelOfAttempt } from '../attempt.ts';
import { journalShows, sleep, waitUntil } from './journal.ts';
import { runProgram } from './programs.ts';
import { startUnbounds, type Unbound } from './unbound.ts';
import { unanswered, type Watch, watch } from './watch.ts';
import { type Box, ispAddress, startBox } from './world.ts';

const cases = [
  { label: 'going.example.org', shared: false, parent: 'route53', child: 'route53', ttl: '5' },
  { label: 'going.example.net', shared: false, parent: 'dyn', child: 'route53', ttl: '5' },
  // Parent and child on the same servers, which answer for the child until its zone is gone, whatever the parent says.
  { label: 'inside.example.net', shared: true, parent: 'dyn', child: 'dyn', ttl: '5' },
  // The shortest TTL that this host takes is a minute.
  { label: 'going.example.com', shared: false, parent: 'namecheap', child: 'route53', ttl: '60' },
] as const;

let box: Box;
let unbounds: readonly Unbound[];

beforeAll(async () => {
  box = await startBox('--quick');
  unbounds = await startUnbounds(box.hintsFile, 5);
});

afterAll(async () => {
  await Promise.all((unbounds ?? []).map(unbound => unbound.stop()));
  await box?.close();
});

describe.concurrent('undelegate', () => {
  test.for(cases)(
    'leaves no resolver in the lurch at any instant: $label at $parent, child at $child',
    async (removal, context) => {
      const name = labelOfAttempt(removal.label, attemptOf(context));
      // Two changes of one zone at the same time are refused, which is no matter of this test.
      const before = turns.get(removal.parent);
      const mine = Promise.resolve(before).then(async () => {
        await delegate(name, removal);
        await removeWatched(name, removal);
      });
      turns.set(
        removal.parent,
        mine.catch(() => {}),
      );
      await mine;
    },
  );
});

const turns = new Map<string, Promise<void>>();

type Removal = (typeof cases)[number];

async function delegate(name: string, { parent, child, ttl }: Removal): Promise<void> {
  const flags = ['--parent', parent, '--child', child, '--ttl', ttl, '--yes', '--for', 'authoritative'];
  const { status, stderr } = await box.zonecut(['delegate', name, ...flags]);
  expect(status, stderr).toBe(0);
}

async function removeWatched(name: string, { shared, parent, child }: Removal): Promise<void> {
  const [first, ...others] = unbounds.map(unbound => unbound.address);
  const watches: Watch[] = [];
  const begin = (address: string): void => {
    watches.push(watch(address, name, 'NS'), watch(address, name, 'SOA'));
  };
  try {
    begin(ispAddress);
    begin(first ?? '');
    const flags = ['--parent', parent, '--child', child, '--confirm', name, '--json'];
    const removing = box.zonecut(['undelegate', name, ...flags]);
    await journalShows(box.stateFolder, name, 'step-started', 'undelegate');
    // These learn of the delegation in the very moment in which it goes.
    for (const address of others) {
      begin(address);
      await sleep(60);
    }
    const { status, stdout, stderr } = await removing;
    const goneAtMs = Date.now();
    expect(status, stdout + stderr).toBe(0);
    const deadlineMs = Date.parse(String(textAt(JSON.parse(stdout), 'deadline')));
    // What the resolvers remember of the child's own data may outlive the delegation, for its TTL of at most 5 s.
    await sleep(7000);
    await waitUntil(() => watches.every(seen => lastOf(seen) === 'nxdomain'), 30_000);
    await Promise.all(watches.map(seen => seen.stop()));
    process.stdout.write(`${name}: ${report(watches, deadlineMs)}\n`);
    const held = watches.map(seen => seen.sightings[0]?.said.kind === 'answer');
    expect(held.slice(0, 4), 'those who asked before the removal began').toEqual([true, true, true, true]);
    expect(held.slice(4), 'those who asked in the moment of it').toContain(true);
    for (const seen of watches) {
      expectSound(seen, shared ? Number.POSITIVE_INFINITY : goneAtMs);
    }
    for (const address of new Set(watches.map(seen => seen.address))) {
      const host = await runProgram('host', ['-t', 'NS', name, address]);
      expect(host.stdout).toContain('3(NXDOMAIN)');
    }
  } finally {
    await Promise.all(watches.map(seen => seen.stop()));
  }
}

/** What the last answer that came so far says. */
function lastOf({ sightings }: Watch): string | undefined {
  return sightings.findLast(({ said }) => said !== unanswered)?.said.kind;
}

/**
 * First the delegation, then that there is no such name, not later than `goneAtMs`, and never anything else. Who came too
 * late for the delegation hears only that there is no such name.
 */
function expectSound(seen: Watch, goneAtMs: number): void {
  const { address, type, sightings } = seen;
  const strange = sightings.filter(({ said }) => said.kind === 'other');
  const gone = sightings.findIndex(({ said }) => said.kind === 'nxdomain');
  const back = sightings.slice(gone).filter(({ said }) => said.kind === 'answer');
  expect({ address, type, strange, back }).toEqual({ address, type, strange: [], back: [] });
  const late = sightings.filter(
    ({ askedAtMs, said }) => type === 'NS' && askedAtMs > goneAtMs && said.kind !== 'nxdomain',
  );
  expect({ address, late }).toEqual({ address, late: [] });
  expect(sightings.at(-1)?.said.kind).toBe('nxdomain');
}

function report(watches: readonly Watch[], deadlineMs: number): string {
  const moments = watches
    .filter(seen => seen.type === 'NS')
    .map(
      seen =>
        (seen.sightings.find(({ said }) => said.kind === 'nxdomain')?.askedAtMs ?? Number.NaN) - deadlineMs,
    );
  return `let go of the delegation ${moments.map(ms => `${(ms / 1000).toFixed(1)} s`).join(', ')} after the announced moment (ISP first)`;
}
