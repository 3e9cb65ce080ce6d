import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ancestorsOf, type Name } from '../../../src/dns/name.ts';
import { Dice } from '../../dns/generate.ts';
import { makeFolder } from '../world.ts';
import { ask, inParallel, isSame, type Question, type Said } from './asking.ts';
import { fillSites } from './contents.ts';
import type { Answered, Difference } from './explanations.ts';
import { type Asking, makeQuestions } from './questions.ts';
import { isUnexplained, reportOf, told } from './report.ts';
import { type Party, type Resolvers, startResolvers, type Way } from './resolvers.ts';
import { type Served, serve } from './servers.ts';
import { makeSites } from './site-maker.ts';
import type { Site } from './sites.ts';

const seed = numberFrom('ZONECUT_DIFFERENTIAL_SEED', 1);
const zoneCount = numberFrom('ZONECUT_DIFFERENTIAL_ZONES', 2000);
const questionCount = numberFrom('ZONECUT_DIFFERENTIAL_QUESTIONS', 20_000);
/** The number of the one question that is asked, for a replay. */
const only = numberFrom('ZONECUT_DIFFERENTIAL_ONLY', -1);
/** Further flags of `zonecut resolver`. */
const flags = (process.env['ZONECUT_DIFFERENTIAL_FLAGS'] ?? '').split(' ').filter(flag => flag !== '');
/** Questions under way at once. */
const width = 64;
/**
 * Milliseconds before each further round: until failures are forgotten that were accidents, and until a server is asked again
 * that was slower on a busy machine than a server may be. There is a round as long as something differs without explanation.
 */
const pausesMs: readonly number[] = [6000, 15_000, 45_000];
/** Questions that are asked over TLS and HTTPS too. */
const encryptedCount = 500;

let folder: string;
let sites: readonly Site[];
let questions: readonly Asking[];
let served: Served;
let resolvers: Resolvers;

beforeAll(async () => {
  const dice = new Dice(seed);
  folder = await makeFolder();
  sites = makeSites(dice, zoneCount);
  fillSites(sites, dice);
  questions = makeQuestions(sites, dice, questionCount).filter(({ number }) => only < 0 || number === only);
  served = await serve(sites, folder);
  resolvers = await startResolvers(served, folder, flags);
}, 120_000);

afterAll(async () => {
  await Promise.all([resolvers?.stop(), served?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

test('zonecut resolver and Unbound say the same of a generated internet', async () => {
  const began = performance.now();
  const first = (await askAll(questions)).filter(({ ours, theirs }) => !isSame(ours, theirs));
  const firstMs = performance.now() - began;
  const last = await askAgain(first);
  const report = reportOf(last, { questions: questions.length, first });
  const seconds = (ms: number): number => Math.round(ms / 1000);
  process.stdout.write(`seed ${seed}, ${sites.length} zones
${report.lines.join('\n')}
seconds      ${seconds(performance.now() - began)}, of which ${seconds(firstMs)} in the first round
${report.unexplained.map(difference => told(difference, seed)).join('')}`);
  expect(report.unexplained.map(({ asking }) => asking.number)).toEqual([]);
}, 600_000);

test.each(['DNS over TLS', 'DNS over HTTPS'] as const)('each says by %s what it says over UDP', async by => {
  const sample = questions.filter(({ site }) => site.fault === null).slice(0, encryptedCount);
  const differing: string[] = [];
  await inParallel(sample, width, async asking => {
    for (const party of ['ours', 'theirs'] as const) {
      const [plainly, encrypted] = await Promise.all([
        askOf(party, asking),
        askOf(party, asking, resolvers.encrypted[by]),
      ]);
      if (!isSame(plainly, encrypted)) {
        differing.push(`${party}: ${asking.name} ${asking.type}: ${plainly.rcode}, ${encrypted.rcode}`);
      }
    }
  });
  expect(differing).toEqual([]);
});

test('every server of the generated internet is still up', async () => {
  expect(await served.silentGroups(resolvers.plain.transport)).toEqual([]);
});

async function askOf(party: Party, question: Question, way: Way = resolvers.plain): Promise<Said> {
  return await ask(way.transport, { address: resolvers.addresses[party], port: way.port }, question);
}

/** What both say to each question, those first that last longest. */
async function askAll(asked: readonly Asking[]): Promise<readonly Answered[]> {
  const isSlow = ({ site }: Asking): boolean => site.fault === 'silent';
  const inOrder = [...asked.filter(isSlow), ...asked.filter(asking => !isSlow(asking))];
  const answered: Answered[] = [];
  await inParallel(inOrder, width, async asking => {
    const [ours, theirs] = await Promise.all([askOf('ours', asking), askOf('theirs', asking)]);
    answered.push({ asking, ours, theirs });
  });
  return answered.sort((a, b) => a.asking.number - b.asking.number);
}

/** What is said to the same questions later, as often as it takes until nothing differs without explanation. */
async function askAgain(first: readonly Answered[]): Promise<readonly Difference[]> {
  const last = new Map<number, Difference>();
  let open = first;
  for (const pauseMs of pausesMs) {
    if (open.length === 0) break;
    await new Promise(resolve => setTimeout(resolve, pauseMs));
    const again = await askAll(open.map(({ asking }) => asking));
    const explored = await Promise.all(again.map(explore));
    for (const difference of explored) last.set(difference.asking.number, difference);
    open = explored.filter(isUnexplained);
  }
  return [...last.values()];
}

/** What explanations look at beside the two answers. */
async function explore({ asking, ours, theirs }: Answered): Promise<Difference> {
  const withoutMinimising = await askOf('wholeNames', asking);
  const unchecked = await askOf('wholeNames', { ...asking, checkingDisabled: true });
  return { asking, ours, theirs, withoutMinimising, unchecked, sites: sitesOf(asking, ours, theirs) };
}

function sitesOf(asking: Asking, ...said: readonly Said[]): readonly Site[] {
  const byApex = new Map<Name, Site>(sites.map(site => [site.apex, site]));
  const targets = said.flatMap(({ answer }) => answer.map(line => / CNAME (\S+)$/.exec(line)?.[1] ?? ''));
  const names = [asking.name, ...targets].filter((name): name is Name => name !== '');
  const zones = names.flatMap(name => ancestorsOf(name)).flatMap(name => byApex.get(name) ?? []);
  return [...new Set(zones)];
}

function numberFrom(variable: string, otherwise: number): number {
  const text = process.env[variable];
  return text === undefined ? otherwise : Number(text);
}
