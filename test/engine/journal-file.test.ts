import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JournalEvent } from '../../src/apply/journal.ts';
import { listRuns, openJournal, readRun } from '../../src/engine/journal-file.ts';
import { stateFolder } from '../../src/engine/state.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import { optionsWith, surveyWith } from '../plan/surveys.ts';

const plan = planDelegate(surveyWith([]), optionsWith());
const run = 'k7m2q9xw';
const begun = (at: string): JournalEvent => ({ kind: 'run-started', at, plan, digest: 'd' });
const started: JournalEvent = { kind: 'step-started', at: '2026-11-23T00:00:01.000Z', step: 'create-zone' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zonecut-journal-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const fileOf = (name: string): string => path.join(folder, 'runs', `${name}.ndjson`);

async function write(name: string, ...events: readonly JournalEvent[]): Promise<void> {
  const journal = await openJournal(folder, name);
  for (const event of events) {
    await journal.append(event);
  }
  await journal.close();
}

test('what was appended is there when the journal is opened again', async () => {
  const events = [begun('2026-11-23T00:00:00.000Z'), started];
  await write(run, ...events);
  const again = await openJournal(folder, run);
  expect(again.events).toEqual(events);
  await again.close();
  expect(await readRun(folder, run)).toMatchObject({ run, events, state: { finished: false } });
});

test('a journal and its folder are for their owner only', async () => {
  await write(run, started);
  expect((await stat(fileOf(run))).mode & 0o777).toBe(0o600);
  expect((await stat(path.join(folder, 'runs'))).mode & 0o077).toBe(0);
});

describe('a last line that was cut off', () => {
  const line = JSON.stringify(started);
  const cuts = [1, Math.floor(line.length / 2), line.length];
  test.each(cuts)('after %i characters did not happen', async length => {
    const first = begun('2026-11-23T00:00:00.000Z');
    await write(run, first);
    await appendFile(fileOf(run), line.slice(0, length));
    expect((await readRun(folder, run)).events).toEqual([first]);
    const journal = await openJournal(folder, run);
    expect(journal.events).toEqual([first]);
    await journal.append(started);
    await journal.close();
    expect((await readFile(fileOf(run), 'utf8')).split('\n').length).toBe(3);
    expect((await readRun(folder, run)).events).toEqual([first, started]);
  });

  test('inside a character of several octets did not happen either', async () => {
    const first = begun('2026-11-23T00:00:00.000Z');
    await write(run, first);
    await appendFile(fileOf(run), Buffer.from('{"kind":"\u00fc').subarray(0, -1));
    const journal = await openJournal(folder, run);
    await journal.append(started);
    await journal.close();
    expect((await readRun(folder, run)).events).toEqual([first, started]);
  });
});

test('a line in the middle that is no event is refused by its number', async () => {
  await write(run, begun('2026-11-23T00:00:00.000Z'), started);
  const lines = (await readFile(fileOf(run), 'utf8')).split('\n');
  await writeFile(fileOf(run), [lines[0], 'x', lines[1], ''].join('\n'));
  await expect(openJournal(folder, run)).rejects.toMatchObject({
    code: 'ZC_JOURNAL',
    message: expect.stringMatching(/line 2/),
  });
  // The lock is not left behind.
  await writeFile(fileOf(run), lines.join('\n'));
  await (await openJournal(folder, run)).close();
});

test('a journal is open once at a time', async () => {
  const journal = await openJournal(folder, run);
  await expect(openJournal(folder, run)).rejects.toMatchObject({ code: 'ZC_JOURNAL' });
  await journal.close();
  await (await openJournal(folder, run)).close();
});

test('runs are listed from the latest; those without a plan are left out', async () => {
  await write('aaaaaaaa', begun('2026-11-23T00:00:00.000Z'));
  await write('bbbbbbbb', begun('2026-11-23T02:00:00.000Z'));
  await write('cccccccc');
  expect((await listRuns(folder)).map(record => record.run)).toEqual(['bbbbbbbb', 'aaaaaaaa']);
  expect(await listRuns(path.join(folder, 'nothing'))).toEqual([]);
});

describe('the state folder', () => {
  const rows: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['is the one that was named', { ZONECUT_STATE_DIR: '/a', XDG_STATE_HOME: '/b', HOME: '/c' }, '/a'],
    ['is below XDG_STATE_HOME', { XDG_STATE_HOME: '/b', HOME: '/c' }, '/b/zonecut'],
    ['is below the home', { HOME: '/c' }, '/c/.local/state/zonecut'],
    // The specification has relative paths ignored.
    [
      'is below the home when XDG_STATE_HOME is relative',
      { XDG_STATE_HOME: 'b', HOME: '/c' },
      '/c/.local/state/zonecut',
    ],
  ];
  test.each(rows)('%s', (_what, environment, expected) => {
    expect(stateFolder(environment)).toBe(expected);
  });
});
