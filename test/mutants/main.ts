import { listed } from './listed.ts';
import { type Fate, Mutation } from './run.ts';
import { nearWorlds, surveyedWorlds } from './worlds.ts';

/*
 * npm run mutants [FILE...]: makes every mutant of the checks, or of some of their files, and judges all scenarios and near misses
 * with each. A mutant that nothing gives away has to be on the list; each check has to have been given away both ways.
 */

/** What a check is silent about is data here, with rows in test/checks/operators.test.ts. */
const silentByData: ReadonlySet<string> = new Set(['ns-sacrificial']);

const scenarios = await surveyedWorlds('test/checks/scenarios');
const worlds = [...scenarios, ...nearWorlds(scenarios)];
const mutation = new Mutation(process.cwd(), worlds);
const wanted = process.argv.slice(2);
const files = mutation.files().filter(file => wanted.length === 0 || wanted.includes(file));
const fates = files.flatMap(file => {
  const here = [...mutation.fatesOf(file)];
  for (const { line, key, killedBy } of here) {
    if (killedBy === null && !listed.has(key)) console.log(`survived: line ${line} of ${key}`);
  }
  return here;
});

const killed = fates.filter(({ killedBy }) => killedBy !== null);
const survivors = fates.filter(({ killedBy }) => killedBy === null);
const known = survivors.filter(({ key }) => listed.has(key));
const stale = staleEntries(fates, files);
const unproven = wanted.length === 0 ? mutation.ids().flatMap(id => unprovenWays(id, killed)) : [];
for (const text of [...stale, ...unproven]) console.log(text);

const by = (kind: string): number => killed.filter(({ killedBy }) => killedBy?.kind === kind).length;
console.log(`${fates.length} mutants in ${files.length} files, ${worlds.length} worlds`);
console.log(
  `${killed.length} killed: ${by('missing')} by a check that must report, ${by('wrong')} by one that must be silent, ${by('told')} by what is told, ${by('thrown')} threw, ${by('endless')} did not end`,
);
const open = known.filter(({ key }) => listed.get(key)?.kind === 'open').length;
console.log(
  `${survivors.length} survived (${percent(survivors.length)} %): ${known.length - open} listed as the same as the original, ${open} listed as open, ${survivors.length - known.length} not listed`,
);
const failed = survivors.length - known.length + stale.length + unproven.length;
console.log(`${killed.length} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;

/** Entries of the list that are no mutants any more, or that something gives away. */
function staleEntries(all: readonly Fate[], inFiles: readonly string[]): readonly string[] {
  const alive = new Set(all.filter(({ killedBy }) => killedBy === null).map(({ key }) => key));
  const made = new Set(all.map(({ key }) => key));
  return [...listed.keys()]
    .filter(key => inFiles.some(file => key.startsWith(`${file}: `)) && !alive.has(key))
    .map(key =>
      made.has(key) ? `killed, and on the list: ${key}` : `on the list, and no such mutant: ${key}`,
    );
}

/** The ways in which no mutant shows that a check can fail a world: by silence where it must report, and by a report. */
function unprovenWays(id: string, all: readonly Fate[]): readonly string[] {
  const ways = [
    ['missing', 'misses what it must report'],
    ['wrong', 'reports where it must be silent'],
  ] as const;
  return ways
    .filter(
      ([kind]) =>
        !(kind === 'wrong' && silentByData.has(id)) &&
        !all.some(({ killedBy }) => killedBy?.kind === kind && killedBy.id === id) &&
        !mutation.canFail(id, kind),
    )
    .map(([, text]) => `no mutant of ${id} ${text}`);
}

function percent(count: number): string {
  return ((100 * count) / fates.length).toFixed(1);
}
