import { describe, expect, test } from 'vitest';
import { caseOf } from './case.ts';
import { judge } from './judge.ts';
import { mutations } from './mutations.ts';
import { tellStory } from './story.ts';

/** The first of so many seeds has to show a fault that is planted in every one of them. */
const seedsForMutation = 12;

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
      for (let seed = 1; seed <= seedsForMutation; seed += 1) {
        if (judge(await tellStory(caseOf(seed), mutation)).length > 0) {
          return;
        }
      }
      expect.fail(`${seedsForMutation} stories with the fault pass for good ones`);
    });
  }
});
