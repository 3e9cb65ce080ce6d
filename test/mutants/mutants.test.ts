import { describe, expect, test } from 'vitest';
import { listed } from './listed.ts';
import { mutantsOf, mutated } from './mutate.ts';
import { Mutation } from './run.ts';
import { nearWorlds, surveyedWorlds } from './worlds.ts';

describe('the mutants of a source', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['if (a) b();', ['always: if (true) b();', 'never: if (false) b();']],
    [
      'const x = a ? 1 : b;',
      ['always: const x = true ? 1 : b;', 'never: const x = false ? 1 : b;', 'number: const x = a ? 2 : b;'],
    ],
    ['while (a) b();', ['never: while (false) b();']],
    ['f((a ?? b) && c);', ['and-or: f(((a ?? b) || c));', 'left-only: f((a ?? b));', 'right-only: f((c));']],
    ['f(a < b);', ['comparison: f((a <= b));']],
    ['f((a & b) !== c);', ['comparison: f(((a & b) === c));']],
    ['f(!a);', ['negation: f(a);']],
    ['f(5);', ['number: f(6);', 'number: f(4);']],
    [
      'f((a ?? b).filter(c));',
      ['filter-all: f(((a ?? b)));', 'filter-none: f(((a ?? b)).filter(() => false));'],
    ],
    ['f(a.some(b), c.every(d));', ['some: f(a.every(b), c.every(d));', 'every: f(a.some(b), c.some(d));']],
    ['for (const a of b) { continue; }', ['jump: for (const a of b) { ; }']],
    ['switch (a) { case b: c(); default: d(); }', ['case: switch (a) { case b:  default: d(); }']],
    ["f(['a', 'b']);", ["list: f(['b']);", "list: f(['a']);"]],
    ["import a from 'b'; type C = 1 | 2; const d: 3 = e as 4;", []],
  ];
  test.each(rows)('%s', (source, expected) => {
    expect(mutantsOf(source).map(mutant => `${mutant.kind}: ${mutated(source, mutant)}`)).toEqual(expected);
  });
});

test('every mutant of these files is given away, or on the list: `npm run mutants` looks at all files', async () => {
  const scenarios = await surveyedWorlds('test/checks/scenarios');
  const mutation = new Mutation(process.cwd(), [...scenarios, ...nearWorlds(scenarios, 'healthy/unsigned')]);
  for (const file of ['families.ts', 'ns-single.ts', 'ns-too-many.ts', 'stealth-ns.ts']) {
    const fates = [...mutation.fatesOf(file)];
    expect(fates.length).toBeGreaterThan(5);
    const survivors = fates.filter(({ killedBy }) => killedBy === null).map(({ key }) => key);
    expect(survivors.filter(key => !listed.has(key))).toEqual([]);
  }
}, 120_000);
