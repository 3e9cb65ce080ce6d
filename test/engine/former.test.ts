import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JournalEvent, StepResult } from '../../src/apply/journal.ts';
import { parseName } from '../../src/dns/name.ts';
import { formerServers } from '../../src/engine/former.ts';
import { openJournal } from '../../src/engine/journal-file.ts';
import type { Plan } from '../../src/plan/plan.ts';

const { plan }: { plan: Plan } = JSON.parse(await readFile('test/plan/goldens/move.json', 'utf8'));
const { cut } = plan.intent;
const old = ['ns1.a.child.org.', 'ns2.a.child.org.'];
const fresh = ['ns1.b.child.org.', 'ns2.b.child.org.'].map(name => parseName(name));
const nowMs = Date.UTC(2026, 0, 1, 12);
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zonecut-former-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The journal of a run of `steps`, each finished a minute after the one before. */
async function ran(
  run: string,
  from: number,
  steps: readonly (readonly [step: string, result?: Partial<StepResult>])[],
  more: { readonly plan?: Plan; readonly deadlineMs?: number } = {},
): Promise<void> {
  const events: readonly JournalEvent[] = [
    { kind: 'run-started', at: at(from), plan: more.plan ?? plan, digest: 'd' },
    ...steps.map(
      ([step, result = {}], index): JournalEvent => ({
        kind: 'step-finished',
        at: at(from + 1 + index),
        step,
        result: { note: 'done', ...result },
      }),
    ),
    ...(more.deadlineMs === undefined
      ? []
      : [{ kind: 'step-started', at: at(from + 9), step: 'wait-out', deadlineMs: more.deadlineMs } as const]),
  ];
  const journal = await openJournal(folder, run);
  for (const event of events) await journal.append(event);
  await journal.close();
}

const made = ['create-zone', { ns: fresh }] as const;
const namesOf = async (): Promise<readonly string[]> =>
  (await formerServers(folder, cut, nowMs)).map(({ name }) => name);

describe('the servers that a move left', () => {
  test('are those of before, until the end of its wait', async () => {
    await ran('aaaaaaaa', 0, [made, ['delegate-both'], ['delegate-new']], { deadlineMs: 1_800_000_000_000 });
    expect(await formerServers(folder, cut, nowMs)).toEqual(
      old.map(name => ({ name, addresses: [], run: 'aaaaaaaa', held: true, untilMs: 1_800_000_000_000 })),
    );
  });

  test('are needed no more when its wait is over, whatever clock the run had', async () => {
    const steps = [made, ['delegate-both'], ['delegate-new'], ['wait-out']] as const;
    await ran('aaaaaaaa', 0, steps, { deadlineMs: 1_800_000_000_000 });
    expect((await formerServers(folder, cut, nowMs)).map(({ untilMs }) => untilMs)).toEqual([nowMs, nowMs]);
  });

  test('are counted from the change on while the wait has not begun: 88200 s, and one for rounding', async () => {
    await ran('aaaaaaaa', 0, [made, ['delegate-both'], ['delegate-new']]);
    const [first] = await formerServers(folder, cut, nowMs);
    expect(first?.untilMs).toBe(Date.UTC(2026, 0, 1, 0, 3) + 88_201_000);
  });

  test('are nobody to be missed when another kind of run replaced them', async () => {
    const other: Plan = { ...plan, intent: { ...plan.intent, kind: 'adopt' } };
    await ran('aaaaaaaa', 0, [made, ['delegate-both'], ['delegate-new']], { plan: other });
    expect(await namesOf()).toEqual([]);
  });

  test('are none while the parent names both', async () => {
    await ran('aaaaaaaa', 0, [made, ['delegate-both']]);
    expect(await namesOf()).toEqual([]);
  });

  test('are none again when a later run went back to them', async () => {
    await ran('aaaaaaaa', 0, [made, ['delegate-both'], ['delegate-new']]);
    const back: Plan = {
      ...plan,
      run: 'bbbbbbbb',
      steps: plan.steps.flatMap(step =>
        step.action.do === 'change-delegation'
          ? [
              {
                ...step,
                action: {
                  ...step.action,
                  from: { ttl: 60, ns: { kind: 'known', servers: fresh } },
                  to: { ttl: 60, ns: { kind: 'known', servers: old.map(name => parseName(name)) } },
                },
              },
            ]
          : [],
      ),
    };
    await ran('bbbbbbbb', 30, [['delegate-both']], { plan: back });
    const found = await formerServers(folder, cut, nowMs);
    expect(found.map(({ name, run }) => [name, run])).toEqual(fresh.map(name => [name, 'bbbbbbbb']));
    // Without a wait in the plan the TTL of the delegation counts.
    expect(found[0]?.untilMs).toBe(Date.UTC(2026, 0, 1, 0, 31) + 60_000);
  });
});

test('other cuts, other files and broken journals are passed over', async () => {
  await ran('aaaaaaaa', 0, [made, ['delegate-both'], ['delegate-new']]);
  await writeFile(path.join(folder, 'runs', 'cccccccc.ndjson'), `"${cut}"\n{\n`);
  await writeFile(path.join(folder, 'runs', 'other.txt'), `"${cut}"`);
  expect(await namesOf()).toEqual(old);
  expect(await formerServers(folder, parseName('other.example.com'), nowMs)).toEqual([]);
  expect(await formerServers(path.join(folder, 'nowhere'), cut, nowMs)).toEqual([]);
});
