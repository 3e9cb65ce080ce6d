import { describe, expect, test } from 'vitest';
import { parseName, parseNameAt } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { type Case, caseOf, lateLabel } from './case.ts';
import { judge } from './judge.ts';
import { judgeZones } from './judge-zones.ts';
import { mutations } from './mutations.ts';
import { exampleApex, type HostId, ownerOf } from './owner.ts';
import { tellStory } from './story.ts';

/** So many stories with a fault that is planted in each of them have to show it. */
const storiesForMutation = 5;

describe('a simulated story', () => {
  for (const seed of [
    501301, 601027, 700394, 702353, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1328, 1668, 2416, 3112, 3213, 6077, 6380,
    7103, 2000790, 2001523, 2001551, 2002205, 2006086, 3001531,
  ]) {
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

/** A story of these jobs where nothing goes wrong, unless `more` says so. */
function calmCase(parent: HostId, child: HostId, more: Partial<Case>): Case {
  const cut = parseName(`calm.${exampleApex[parent]}`);
  return {
    seed: 1,
    conditions: {
      signed: false,
      resolvers: false,
      times: { negativeTtlSeconds: 300, delegationTtlSeconds: 300, visibilityDelayMs: 0 },
      lag: { delayMs: 500, spreadMs: 1000 },
      loss: 0,
      farMs: 10,
      slowMs: 1000,
    },
    hiddenRows: 'keep',
    sign: false,
    parent,
    child,
    moveTo: child === 'dyn' ? 'route53' : 'dyn',
    cut,
    hidden: [rrsetOf(parseNameAt('www', cut), 'A', 300, '192.0.2.1')],
    jobs: ['delegate'],
    edits: [],
    childEdits: [],
    troubles: [],
    losses: 0,
    crashes: [],
    undo: null,
    ...more,
  };
}

// Seed 2416: the driver that would put the row back is dead, and who goes on has only the journal.
describe('no row is lost when the host loses one in a write', () => {
  for (const seconds of [11, 12, 13, 14, 15, 16]) {
    test(`and the process dies after ${seconds} s`, async () => {
      const crashes = [{ kind: 'moment', afterMs: 1000 * seconds }] as const;
      const story = await tellStory(calmCase('namecheap', 'route53', { losses: 1, crashes }), null);
      expect(judge(story)).toEqual([]);
    });
  }
});

// Seed 116: the servers still answered from the zone that was deleted, and were taken for those of the new one.
describe('a zone that comes back right after it was deleted is proven anew', () => {
  for (const seed of [1, 2, 3, 4]) {
    test(`behind servers that are late as in seed ${seed}`, async () => {
      const told = calmCase('namecheap', 'dyn', {
        seed,
        jobs: ['delegate', 'move', 'undo'],
        undo: { job: 'move', halfway: false, before: [], crashes: [] },
      });
      const conditions = { ...told.conditions, slowMs: 20, lag: { delayMs: 8000, spreadMs: 4000 } };
      expect(judge(await tellStory({ ...told, conditions }, null))).toEqual([]);
    });
  }
});

describe('the judges find', () => {
  // Seed 2001551: the edit went from the child to the parent and into the next child, and the parent's copy was removed as asked.
  test('that an edit is gone which only the child has, once it came back and left again', async () => {
    const told = caseOf(2001551);
    const story = await tellStory(told, null);
    ownerOf(story.internet, told.child, told.cut).remove(parseNameAt(`${lateLabel}0`, told.cut), 'TXT');
    const texts = judgeZones(story).map(({ text }) => text.replace(/ TXT, .*/, ''));
    expect([...new Set(texts)]).toEqual([`${lateLabel}0.${told.cut}`]);
  });

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
