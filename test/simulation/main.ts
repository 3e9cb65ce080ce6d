import { parseArgs } from 'node:util';
import { caseOf } from './case.ts';
import { judge } from './judge.ts';
import { mutations } from './mutations.ts';
import { tellStory } from './story.ts';

const usage = `usage: npm run simulate -- --seeds N [--from FIRST] [--mutation NAME]
  Tells N simulated stories and judges each. Exit status 1 when a promise was not kept.
  --mutation NAME   plants a fault in zonecut, which the judges have to find: ${mutations.map(({ name }) => name).join(', ')}`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    mutation: { type: 'string' },
  },
});
const [seeds, from] = [Number(values.seeds), Number(values.from)];
const mutation = mutations.find(({ name }) => name === values.mutation) ?? null;
if (
  !Number.isSafeInteger(seeds) ||
  !Number.isSafeInteger(from) ||
  (values.mutation !== undefined && mutation === null)
) {
  console.error(usage);
  process.exitCode = 2;
} else {
  await simulate(seeds, from);
}

async function simulate(count: number, first: number): Promise<void> {
  const began = performance.now();
  let hours = 0;
  let broken = 0;
  let passedBy = 0;
  const ends = new Map<string, number>();
  for (let seed = first; seed < first + count; seed += 1) {
    const told = caseOf(seed);
    if (mutation?.applies?.(told) === false) {
      passedBy += 1;
      continue;
    }
    const story = await tellStory(told, mutation);
    const violations = judge(story);
    hours += story.internet.clock.elapsed() / 3_600_000;
    for (const { job, end } of story.jobs) {
      ends.set(`${job} ${end}`, (ends.get(`${job} ${end}`) ?? 0) + 1);
    }
    if (violations.length > 0) {
      broken += 1;
      console.log(`seed ${seed}:`);
      for (const { kind, text } of violations) {
        console.log(`  ${kind}: ${text}`);
      }
    }
  }
  const seconds = (performance.now() - began) / 1000;
  console.log([...ends].map(([what, times]) => `${times} ${what}`).join(', '));
  console.log(
    `${hours.toFixed(0)} simulated hours in ${seconds.toFixed(1)} s, ${(hours / seconds).toFixed(0)} a second`,
  );
  console.log(`${count - passedBy - broken} passed, ${broken} failed`);
  if (broken > 0) {
    process.exitCode = 1;
  }
}
