import { describe, expect, test } from 'vitest';
import { caseOf } from './case.ts';
import { judge } from './judge.ts';
import { mutations } from './mutations.ts';
import { tellStory } from './story.ts';

/** So many stories with a fault that is planted in each of them have to show it. */
const storiesForMutation = 5;

describe('a simulated story', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
    test(`of seed ${seed} keeps every promise`, async () => {
      expect(judge(await tellStory(caseOf(seed), null))).toEqual([]);
    });
  }

  test('is the same when it is told again', async () => {
    const epochMs = Date.now();
    const one = await tellStory(caseOf(7), null, epochMs);
    const other = await tellStory(caseOf(7), null, epochMs);
    expect(other.words).toEqual(one.words);
    expect(other.internet.clock.elapsed()).toBe(one.internet.clock.elapsed());
  });
});

describe('the judges find', () => {
  for (const mutation of mutations) {
    test(`a zonecut with the fault ${mutation.name}`, async () => {
      const seeds = Array.from({ length: 400 }, (_, at) => at + 1);
      const cases = seeds.map(caseOf).filter(told => mutation.applies?.(told) !== false);
      for (const told of cases.slice(0, storiesForMutation)) {
        const story = await tellStory(told, mutation);
        // A plan that a planner cannot have meant is refused before anything is done.
        if (judge(story).length > 0 || story.jobs.some(({ end }) => end === 'refused')) {
          return;
        }
      }
      expect.fail(`${storiesForMutation} stories with the fault pass for good ones`);
    });
  }
});
