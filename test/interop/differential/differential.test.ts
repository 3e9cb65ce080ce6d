import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ancestorsOf, type Name } from '../../../src/dns/name.ts';
import { type NodeTransport, nodeTransport } from '../../../src/world/node.ts';
import { Dice } from '../../dns/generate.ts';
import { type Running, startProgram } from '../programs.ts';
import { startUnbound, type Unbound } from '../unbound.ts';
import { makeFolder } from '../world.ts';
import { ask, inParallel, isSame, type Said } from './asking.ts';
import { fillSites } from './contents.ts';
import type { Answered, Difference } from './explanations.ts';
import { type Asking, makeQuestions } from './questions.ts';
import { reportOf, told } from './report.ts';
import { type Served, serve } from './servers.ts';
import { makeSites, type Site } from './sites.ts';

const seed = numberFrom('ZONECUT_DIFFERENTIAL_SEED', 1);
const zoneCount = numberFrom('ZONECUT_DIFFERENTIAL_ZONES', 2000);
const questionCount = numberFrom('ZONECUT_DIFFERENTIAL_QUESTIONS', 20_000);
/** The number of the one question that is asked, for a replay. */
const only = numberFrom('ZONECUT_DIFFERENTIAL_ONLY', -1);
/** Questions under way at once. */
const width = 64;
/** Milliseconds after which neither resolver remembers a failure that was an accident. */
const forgetFailuresMs = 6000;
const ourAddress = '127.200.1.1';
const theirAddress = '127.200.1.2';
const wholeNamesAddress = '127.200.1.3';

const command = process.env['ZONECUT_INTEROP_COMMAND'] ?? '';

let folder: string;
let sites: readonly Site[];
let questions: readonly Asking[];
let served: Served;
let unbound: Unbound;
let withoutMinimising: Unbound;
let daemon: Running;
let transport: NodeTransport;

beforeAll(async () => {
  const dice = new Dice(seed);
  folder = await makeFolder();
  sites = makeSites(dice, zoneCount);
  fillSites(sites, dice);
  questions = makeQuestions(sites, dice, questionCount).filter(({ number }) => only < 0 || number === only);
  transport = nodeTransport({ udpPorts: 'single', maxInFlight: 4 * width });
  served = await serve(sites, folder);
  const hintsFile = path.join(folder, 'root.hints');
  const anchorFile = path.join(folder, 'root.anchor');
  await writeFile(hintsFile, served.hintsText);
  await writeFile(anchorFile, served.anchorText);
  const settings = unboundSettings(anchorFile);
  [unbound, withoutMinimising, daemon] = await Promise.all([
    startUnbound(hintsFile, theirAddress, ...settings),
    startUnbound(hintsFile, wholeNamesAddress, ...settings, 'qname-minimisation: no'),
    startProgram(
      process.execPath,
      [command, 'resolver', '--listen', `${ourAddress}:53`, '--trust-anchor', anchorFile],
      output => output.includes('Ctrl-C ends it'),
      {
        environment: {
          ZONECUT_ROOT_HINTS: hintsFile,
          ZONECUT_OFFLINE: '1',
          ZONECUT_STATE_DIR: folder,
          HOME: folder,
        },
      },
    ),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all([
    unbound?.stop(),
    withoutMinimising?.stop(),
    daemon?.stop(),
    served?.stop(),
    transport?.close(),
  ]);
  await rm(folder, { recursive: true, force: true });
});

/** What of Unbound's settings ours have no switch for is put to what ours do. */
function unboundSettings(anchorFile: string): readonly string[] {
  return [
    'module-config: "validator iterator"',
    `trust-anchor-file: "${anchorFile}"`,
    'trust-anchor-signaling: no',
    'root-key-sentinel: no',
    'qname-minimisation: yes',
    'aggressive-nsec: no',
    'harden-glue: yes',
    'harden-dnssec-stripped: yes',
    'harden-below-nxdomain: yes',
    'harden-referral-path: no',
    'harden-algo-downgrade: no',
    'val-nsec3-keysize-iterations: "1024 50 2048 50 4096 50"',
    'minimal-responses: yes',
    'ede: yes',
    'num-queries-per-thread: 4096',
    'jostle-timeout: 10000',
    'outgoing-range: 8192',
    'infra-cache-max-rtt: 2000',
  ];
}

test('zonecut resolver and Unbound say the same of a generated internet', async () => {
  const began = performance.now();
  const first = await differencesIn(questions);
  const firstMs = performance.now() - began;
  await new Promise(resolve => setTimeout(resolve, forgetFailuresMs));
  const again = await askAll(first.map(({ asking }) => asking));
  const lasting = await Promise.all(again.filter(({ ours, theirs }) => !isSame(ours, theirs)).map(explore));
  const report = reportOf(lasting, { questions: questions.length, first, again });
  const seconds = (ms: number): number => Math.round(ms / 1000);
  process.stdout.write(`seed ${seed}, ${sites.length} zones
${report.lines.join('\n')}
seconds      ${seconds(performance.now() - began)}, of which ${seconds(firstMs)} in the first round
${report.unexplained.map(difference => told(difference, seed)).join('')}`);
  expect(report.unexplained.map(({ asking }) => asking.number)).toEqual([]);
}, 600_000);

test('every server of the generated internet is still up', async () => {
  expect(await served.silentGroups(transport)).toEqual([]);
});

async function differencesIn(asked: readonly Asking[]): Promise<readonly Answered[]> {
  return (await askAll(asked)).filter(({ ours, theirs }) => !isSame(ours, theirs));
}

/** What both say to each question, those first that last longest. */
async function askAll(asked: readonly Asking[]): Promise<readonly Answered[]> {
  const isSlow = ({ site }: Asking): boolean => site.fault === 'silent';
  const inOrder = [...asked.filter(isSlow), ...asked.filter(asking => !isSlow(asking))];
  const answered: Answered[] = [];
  await inParallel(inOrder, width, async asking => {
    const [ours, theirs] = await Promise.all([
      ask(transport, ourAddress, asking),
      ask(transport, theirAddress, asking),
    ]);
    answered.push({ asking, ours, theirs });
  });
  return answered.sort((a, b) => a.asking.number - b.asking.number);
}

async function explore({ asking, ours, theirs }: Answered): Promise<Difference> {
  const withoutMinimising = await ask(transport, wholeNamesAddress, asking);
  const unchecked = await ask(transport, wholeNamesAddress, { ...asking, checkingDisabled: true });
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
