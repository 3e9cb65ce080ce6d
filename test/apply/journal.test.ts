import { describe, expect, test } from 'vitest';
import { type JournalEvent, runStateOf } from '../../src/apply/journal.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import { optionsWith, surveyWith } from '../plan/surveys.ts';

const at = '2026-11-23T00:00:00.000Z';
const plan = planDelegate(surveyWith([]), optionsWith());
const begun: JournalEvent = { kind: 'run-started', at, plan, digest: 'd' };
const started = (step: string, deadlineMs?: number): JournalEvent => ({
  kind: 'step-started',
  at,
  step,
  ...(deadlineMs === undefined ? {} : { deadlineMs }),
});
const finished = (step: string, note = 'done'): JournalEvent => ({
  kind: 'step-finished',
  at,
  step,
  result: { note },
});
const failed = (step: string): JournalEvent => ({
  kind: 'step-failed',
  at,
  step,
  code: 'ZC_STEP_FAILED',
  message: 'no',
});

describe('a run whose journal', () => {
  test('holds no plan was never begun', () => {
    expect(runStateOf([])).toBeNull();
    expect(runStateOf([{ kind: 'run-resumed', at }])).toBeNull();
  });

  test('holds a plan only has done nothing', () => {
    expect(runStateOf([begun])).toEqual({
      plan,
      digest: 'd',
      results: new Map(),
      deadlines: new Map(),
      started: new Set(),
      kept: new Map(),
      finished: false,
      undoneBy: null,
      lastError: null,
    });
  });

  test('says that a step began, but not that it ended, has not done it', () => {
    const state = runStateOf([begun, started('create-zone')]);
    expect(state?.started).toEqual(new Set(['create-zone']));
    expect(state?.results.size).toBe(0);
  });

  test('keeps what each step left behind, the last time that it ended', () => {
    const state = runStateOf([
      begun,
      started('a'),
      finished('a', 'once'),
      { kind: 'run-resumed', at },
      finished('a', 'again'),
    ]);
    expect(state?.results).toEqual(new Map([['a', { note: 'again' }]]));
  });

  test('keeps the deadline of a wait that was begun, whatever comes later', () => {
    const events = [
      begun,
      started('wait-out', 5000),
      { kind: 'run-resumed', at } as const,
      started('wait-out'),
    ];
    expect(runStateOf(events)?.deadlines.get('wait-out')).toBe(5000);
  });

  test('ends with a failure says so, until the step is done', () => {
    expect(runStateOf([begun, started('a'), failed('a')])?.lastError).toBe('no');
    expect(runStateOf([begun, started('a'), failed('a'), started('a'), finished('a')])?.lastError).toBeNull();
  });

  test('says that another run takes it back is undone, and not finished by that', () => {
    const state = runStateOf([begun, started('a'), { kind: 'run-undone', at, by: 'abcdefgh' }]);
    expect(state).toMatchObject({ undoneBy: 'abcdefgh', finished: false });
  });

  test('ends with its end is finished', () => {
    expect(runStateOf([begun, { kind: 'run-finished', at }])?.finished).toBe(true);
  });
});
