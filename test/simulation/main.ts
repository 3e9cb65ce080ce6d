import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { caseOf } from './case.ts';
import { judge } from './judge.ts';
import { mutations } from './mutations.ts';
import { tellStory } from './story.ts';

const usage = `usage: npm run simulate -- --seeds N [--from FIRST] [--mutation NAME] [--threads N]
  Tells N simulated stories and judges each. Exit status 1 when a promise was not kept.
  --mutation NAME   plants a fault in zonecut, which the judges have to find: ${mutations.map(({ name }) => name).join(', ')}`;

/** What came of one seed. */
interface Report {
  readonly seed: number;
  readonly hours: number;
  /** Each job with its end, such as `delegate finished`. */
  readonly ends: readonly string[];
  /** Edits that were undone unseen at a host that shows nothing of them, and made again. */
  readonly redone: number;
  /** Why jobs were refused, such as `move: ...`. */
  readonly refusals: readonly string[];
  readonly violations: readonly string[];
}

/** Seeds that a thread is given at once. */
const batch = 10;
/** Stories after which a line says how far it is. */
const progressEvery = 500;

if (isMainThread) {
  await main();
} else {
  parentPort?.on('message', (seeds: readonly number[]) => {
    void tellAll(seeds).then(reports => parentPort?.postMessage(reports));
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      threads: { type: 'string', default: String(availableParallelism()) },
      mutation: { type: 'string' },
    },
  });
  const [count, first, threads] = [Number(values.seeds), Number(values.from), Number(values.threads)];
  const unknown = values.mutation !== undefined && !mutations.some(({ name }) => name === values.mutation);
  if (![count, first, threads].every(number => Number.isSafeInteger(number) && number > 0) || unknown) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  const began = performance.now();
  const seeds = Array.from({ length: count }, (_, at) => first + at);
  const reports = await tellInThreads(seeds, threads, values.mutation ?? null);
  summarise(reports, (performance.now() - began) / 1000);
}

/** Deals the seeds out to threads; prints what is broken as soon as it is known. */
async function tellInThreads(
  seeds: number[],
  threads: number,
  mutation: string | null,
): Promise<readonly Report[]> {
  const reports: Report[] = [];
  const tell = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url), { workerData: mutation });
    try {
      for (let some = seeds.splice(0, batch); some.length > 0; some = seeds.splice(0, batch)) {
        const told = once(worker, 'message');
        worker.postMessage(some);
        const [found] = (await told) as [readonly Report[]];
        for (const report of found) {
          reports.push(report);
          show(report, reports.length);
        }
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, seeds.length) }, tell));
  return reports;
}

function show({ seed, violations }: Report, told: number): void {
  if (told % progressEvery === 0) {
    console.log(`${told} stories`);
  }
  if (violations.length > 0) {
    console.log(`seed ${seed}:\n${violations.map(line => `  ${line}\n`).join('')}`);
  }
}

async function tellAll(seeds: readonly number[]): Promise<readonly Report[]> {
  const mutation = mutations.find(({ name }) => name === workerData) ?? null;
  const reports: Report[] = [];
  for (const told of seeds.map(caseOf)) {
    if (mutation?.applies?.(told) === false) {
      continue;
    }
    const story = await tellStory(told, mutation);
    reports.push({
      seed: told.seed,
      hours: story.internet.clock.elapsed() / 3_600_000,
      ends: story.jobs.map(({ job, end }) => `${job} ${end}`),
      redone: story.internet.people.redone,
      refusals: story.jobs.flatMap(({ job, end, problem }) =>
        end === 'refused' ? [`${job}: ${reasonOf(problem ?? '')}`] : [],
      ),
      violations: judge(story).map(({ kind, text }) => `${kind}: ${text}`),
    });
  }
  return reports;
}

/** A sentence without what differs from story to story: names, numbers, lists. */
function reasonOf(sentence: string): string {
  return sentence
    .replaceAll(/(?:[\w*-]+\.)*example\.(?:com|net|org)\.?/g, 'NAME')
    .replaceAll(/\d+/g, 'N')
    .replace(/: NAME.*/, ': ...');
}

function summarise(reports: readonly Report[], seconds: number): void {
  const sum = (of: (report: Report) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const ends = counted(reports.flatMap(report => report.ends));
  const refusals = counted(reports.flatMap(report => report.refusals));
  const hours = sum(report => report.hours);
  const failed = sum(report => (report.violations.length > 0 ? 1 : 0));
  console.log([...ends].map(([what, times]) => `${times} ${what}`).join(', '));
  for (const [reason, times] of refusals) {
    console.log(`  ${times} refused ${reason}`);
  }
  console.log(
    `${sum(report => report.redone)} edits fell into the blind window of a host and were made again`,
  );
  console.log(
    `${hours.toFixed(0)} simulated hours in ${seconds.toFixed(1)} s, ${(hours / seconds).toFixed(0)} a second`,
  );
  console.log(`${reports.length - failed} passed, ${failed} failed`);
  if (failed > 0) {
    process.exitCode = 1;
  }
}

/** How often each text is there, the most frequent first. */
function counted(texts: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one);
}
