import { readFile, writeFile } from 'node:fs/promises';
import { type CutSeverity, cutSeverities, isSeverity, type Profile } from '../../checks/cut/finding.ts';
import { nameFromUser } from '../../dns/idn.ts';
import { rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { parseZoneFile } from '../../dns/zonefile.ts';
import { messageOf, ZonecutError } from '../../error.ts';
import { surveyFacts } from '../../survey/cut-survey.ts';
import type { CutFacts, GivenDelegation } from '../../survey/facts.ts';
import { printFacts } from '../../survey/facts-file.ts';
import { type Context, isOffline } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { withFormerServers } from '../former.ts';
import type { GivenFiles } from '../given-data.ts';
import { nsHosts } from '../ns-hosts.ts';
import type { WaitFlags } from './change.ts';
import type { Tell } from './check-fix.ts';
import type { Format } from './check-judge.ts';

/** The options of `zonecut check`. */
export interface CheckFlags extends GivenFiles {
  readonly pre?: readonly string[];
  readonly preDs?: readonly string[];
  readonly parentZone?: string;
  readonly wide?: boolean;
  readonly deep?: boolean;
  readonly former?: readonly string[];
  readonly format?: string;
  readonly ndjson?: boolean;
  readonly failOn?: string;
  readonly profile?: string;
  readonly save?: string;
  readonly from?: string;
  readonly fix?: boolean;
  readonly parent?: string;
  readonly child?: string;
  /** A file for the plan of `--fix`, in place of doing it. */
  readonly plan?: string;
}

const formats: readonly Exclude<Format, 'ndjson'>[] = ['text', 'markdown', 'sarif', 'junit', 'html'];

/** `zonecut check NAME`: what is wrong with a cut and what mends it; exit status 5 when it is as bad as `--fail-on`. */
export async function check(
  context: Context,
  name: string | undefined,
  flags: CheckFlags & WaitFlags,
): Promise<number> {
  const threshold = thresholdOf(flags.failOn ?? 'error');
  const format = flags.ndjson === true ? 'ndjson' : formatOf(flags.format ?? 'text');
  const profile = flags.profile === undefined ? {} : await readProfile(flags.profile);
  const beside = await givenBeside(context, flags);
  const look = async (): Promise<CutFacts> => await beside(await surveyed(context, name, flags));
  const asking = flags.from === undefined ? look() : readFacts(flags.from, name).then(beside);
  // All checks take longer to load than a near server to answer, so they come while servers are waited for.
  const [facts, { makeJudge }] = await Promise.all([asking, import('./check-judge.ts')]);
  if (flags.save !== undefined) {
    await save(flags.save, facts);
  }
  const fix = flags.fix === true || flags.plan !== undefined;
  const { json, paint } = context.terminal;
  const judge = makeJudge({ profile, threshold, format, json, fix, paint });
  const { isFailure } = judge;
  const tell: Tell = (shown, findings, planned) => {
    context.terminal.print(judge.printed(shown, findings, planned));
    return findings.some(isFailure) ? exitCodes.verify : exitCodes.ok;
  };
  if (fix && format === 'text' && facts.given === null && flags.from === undefined) {
    const { fixCut } = await import('./check-fix.ts');
    return await fixCut(context, facts, { profile, flags, tell, isFailure, again: look });
  }
  if (flags.plan !== undefined) {
    throw new ZonecutError('ZC_USAGE', '--plan needs a cut that is there, and text or --json', {
      hint: 'Leave --pre, --from, --format and --ndjson out.',
    });
  }
  return tell(facts, judge.findingsOf(facts), null);
}

/** Puts what files were given for beside facts; the files are read before anybody is asked. */
async function givenBeside(
  { terminal }: Context,
  flags: GivenFiles,
): Promise<(facts: CutFacts) => Promise<CutFacts>> {
  if (flags.rdap === undefined && flags.cloudRanges === undefined && flags.asnTable === undefined) {
    return facts => Promise.resolve(facts);
  }
  const { openGivenFiles, withGivenFiles } = await import('../given-data.ts');
  const files = await openGivenFiles(flags);
  return async facts => {
    const { facts: more, remarks } = await withGivenFiles(facts, files);
    terminal.note(remarks.map(remark => `${remark}\n`).join(''));
    return more;
  };
}

async function readProfile(file: string): Promise<Profile> {
  const [text, { profileIn }] = await Promise.all([readText(file, '--profile'), import('./check-judge.ts')]);
  return profileIn(text, file);
}

async function surveyed(context: Context, name: string | undefined, flags: CheckFlags): Promise<CutFacts> {
  if (name === undefined) {
    throw new ZonecutError('ZC_USAGE', 'a name is missing', { hint: 'zonecut check staging.example.com' });
  }
  const { world, net, hints, signal } = context;
  // Any delegation can be looked at, those of top-level domains and the root among them.
  const cut = name === '.' ? rootName : nameFromUser(name);
  const given = givenOf(flags);
  const former = nsHosts('--former', flags.former ?? []);
  const facts = await surveyFacts(world, net, cut, {
    hints,
    signal,
    wide: flags.wide ?? false,
    deep: flags.deep ?? false,
    offline: isOffline(context.environment),
    ...(given === null ? {} : { given }),
    ...(flags.parentZone === undefined ? {} : { parentZone: await parentZoneOf(flags.parentZone) }),
  });
  return await withFormerServers(context, facts, former);
}

/** `NS=ADDRESS,ADDRESS` or `NS`, several; and DS as in a zone file. */
function givenOf({ pre, preDs = [] }: CheckFlags): GivenDelegation | null {
  if (pre === undefined) {
    if (preDs.length > 0) {
      throw new ZonecutError('ZC_USAGE', '--pre-ds needs --pre', {
        hint: 'Name the servers: --pre ns1.example.net --pre-ds "..."',
      });
    }
    return null;
  }
  return {
    ns: nsHosts('--pre', pre),
    ds: preDs.map(text => parseRdata('DS', text)),
  };
}

function thresholdOf(text: string): CutSeverity | null {
  if (text === 'never') {
    return null;
  }
  if (!isSeverity(text)) {
    throw new ZonecutError(
      'ZC_USAGE',
      `--fail-on is "${text}", allowed are ${cutSeverities.join(', ')} and never`,
      {
        hint: '--fail-on warning fails for warnings, errors and critical findings.',
      },
    );
  }
  return text;
}

function formatOf(text: string): Format {
  const format = formats.find(one => one === text);
  if (format === undefined) {
    throw new ZonecutError('ZC_USAGE', `--format is "${text}", allowed are ${formats.join(', ')}`, {
      hint: 'JSON is --json or --ndjson.',
    });
  }
  return format;
}

async function parentZoneOf(file: string): Promise<CutFacts['parentZone'] & object> {
  const { rrsets, problems } = parseZoneFile(await readText(file, '--parent-zone'), {
    origin: rootName,
    defaultTtl: 3600,
  });
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem !== undefined) {
    throw new ZonecutError('ZC_ZONEFILE', `--parent-zone ${file}: line ${problem.line}: ${problem.message}`, {
      hint: 'The zone above the cut as a zone file, with $ORIGIN or absolute names.',
    });
  }
  return rrsets;
}

async function readFacts(file: string, name: string | undefined): Promise<CutFacts> {
  if (name !== undefined) {
    throw new ZonecutError('ZC_USAGE', '--from judges saved facts again, without a name', {
      hint: 'Leave the name away.',
    });
  }
  const text = await readText(file, '--from');
  const { parseFacts } = await import('../../survey/facts-schema.ts');
  return parseFacts(text, `--from ${file}`);
}

async function save(file: string, facts: CutFacts): Promise<void> {
  await writeFile(file, printFacts(facts)).catch((cause: unknown) => {
    throw new ZonecutError('ZC_USAGE', `--save ${file} cannot be written: ${messageOf(cause)}`, { cause });
  });
}

async function readText(file: string, option: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ZonecutError('ZC_USAGE', `${option} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
}
