import { readFile, writeFile } from 'node:fs/promises';
import { type CutFinding, type CutSeverity, cutSeverities, type Profile } from '../../checks/cut/finding.ts';
import { isAtLeast, judgeCut } from '../../checks/cut/judge.ts';
import { mendingOf } from '../../checks/cut/mending.ts';
import { checks } from '../../checks/cut/registry.ts';
import { isAddress, parseAddress } from '../../dns/address.ts';
import { nameFromUser } from '../../dns/idn.ts';
import { type Name, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { parseZoneFile } from '../../dns/zonefile.ts';
import { messageOf, ZonecutError } from '../../error.ts';
import {
  findingsHtml,
  findingsJunit,
  findingsMarkdown,
  findingsSarif,
  isSeverity,
} from '../../report/finding-formats.ts';
import { findingsText } from '../../report/finding-text.ts';
import { mendingText } from '../../report/mending-text.ts';
import { surveyFacts } from '../../survey/cut-survey.ts';
import type { CutFacts, GivenDelegation } from '../../survey/facts.ts';
import { printFacts } from '../../survey/facts-file.ts';
import { type Context, isOffline } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import type { GivenFiles } from '../given-data.ts';
import type { WaitFlags } from './change.ts';
import type { Tell } from './check-fix.ts';

/** The options of `zonecut check`. */
export interface CheckFlags extends GivenFiles {
  readonly pre?: readonly string[];
  readonly preDs?: readonly string[];
  readonly parentZone?: string;
  readonly wide?: boolean;
  readonly deep?: boolean;
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

const formats = ['text', 'markdown', 'sarif', 'junit', 'html'] as const;

/** `zonecut check NAME`: what is wrong with a cut and what mends it; exit status 5 when it is as bad as `--fail-on`. */
export async function check(
  context: Context,
  name: string | undefined,
  flags: CheckFlags & WaitFlags,
): Promise<number> {
  const threshold = thresholdOf(flags.failOn ?? 'error');
  const format = flags.ndjson === true ? 'ndjson' : formatOf(flags.format ?? 'text');
  const profile = await profileOf(flags.profile);
  const beside = await givenBeside(context, flags);
  const look = async (): Promise<CutFacts> => await beside(await surveyed(context, name, flags));
  const facts = flags.from === undefined ? await look() : await beside(await readFacts(flags.from, name));
  if (flags.save !== undefined) {
    await save(flags.save, facts);
  }
  const isFailure = (finding: CutFinding): boolean =>
    threshold !== null && isAtLeast(finding.severity, threshold);
  const fix = flags.fix === true || flags.plan !== undefined;
  const tell: Tell = (shown, findings, planned) => {
    context.terminal.print(printed(context, shown, findings, format, isFailure, fix, planned));
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
  return tell(facts, judgeCut(facts, { profile }), null);
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

function printed(
  { terminal }: Context,
  facts: CutFacts,
  findings: readonly CutFinding[],
  format: (typeof formats)[number] | 'ndjson',
  isFailure: (finding: CutFinding) => boolean,
  fix: boolean,
  planned: Parameters<Tell>[2],
): string {
  const { cut, queries, takenAtMs, limits } = facts;
  const mending = fix ? { mending: mendingOf(facts, findings), ...planned } : {};
  const at = new Date(takenAtMs).toISOString();
  const ok = !findings.some(isFailure);
  const remarks = facts.beside?.remarks;
  const missing = remarks === undefined ? {} : { remarks };
  if (format === 'ndjson') {
    const lines = findings.map(finding => ({ kind: 'finding', ...finding }));
    return [
      ...lines,
      {
        kind: 'summary',
        schema: 'zonecut/check/v1',
        cut,
        at,
        ok,
        findings: findings.length,
        queries,
        limits,
        ...missing,
      },
    ]
      .map(line => `${JSON.stringify(line)}\n`)
      .join('');
  }
  if (terminal.json) {
    return `${JSON.stringify({ schema: 'zonecut/check/v1', cut, at, ok, queries, limits, findings, ...missing, ...mending }, null, 2)}\n`;
  }
  switch (format) {
    case 'markdown':
      return findingsMarkdown(cut, findings);
    case 'sarif':
      return findingsSarif(findings);
    case 'junit':
      return findingsJunit(
        cut,
        findings,
        checks.map(({ id }) => id),
        isFailure,
      );
    case 'html':
      return findingsHtml(cut, findings);
    case 'text':
      return `${findingsText(facts, findings, terminal.paint)}${fix && planned === null ? mendingText(mendingOf(facts, findings), terminal.paint) : ''}`;
  }
}

async function surveyed(context: Context, name: string | undefined, flags: CheckFlags): Promise<CutFacts> {
  if (name === undefined) {
    throw new ZonecutError('ZC_USAGE', 'a name is missing', { hint: 'zonecut check staging.example.com' });
  }
  const { world, net, hints, signal } = context;
  // Any delegation can be looked at, those of top-level domains and the root among them.
  const cut = name === '.' ? rootName : nameFromUser(name);
  const given = givenOf(flags);
  return await surveyFacts(world, net, cut, {
    hints,
    signal,
    wide: flags.wide ?? false,
    deep: flags.deep ?? false,
    offline: isOffline(context.environment),
    ...(given === null ? {} : { given }),
    ...(flags.parentZone === undefined ? {} : { parentZone: await parentZoneOf(flags.parentZone) }),
  });
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
  const addresses = new Map<Name, string[]>();
  for (const text of pre) {
    const [host = '', list = ''] = text.split('=', 2);
    const given = list.split(',').filter(address => address !== '');
    const odd = given.find(address => !isAddress(address));
    if (odd !== undefined) {
      throw new ZonecutError('ZC_USAGE', `--pre ${text}: "${odd}" is no address`, {
        hint: 'Give a name server and its addresses: --pre ns1.example.com=192.0.2.1,2001:db8::1',
      });
    }
    const name = nameFromUser(host);
    addresses.set(name, [
      ...(addresses.get(name) ?? []),
      ...given.map(address => parseAddress(address).text),
    ]);
  }
  return {
    ns: [...addresses].map(([name, here]) => ({ name, addresses: here })),
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

function formatOf(text: string): (typeof formats)[number] {
  const format = formats.find(one => one === text);
  if (format === undefined) {
    throw new ZonecutError('ZC_USAGE', `--format is "${text}", allowed are ${formats.join(', ')}`, {
      hint: 'JSON is --json or --ndjson.',
    });
  }
  return format;
}

async function profileOf(file: string | undefined): Promise<Profile> {
  if (file === undefined) {
    return {};
  }
  const value = objectIn(await readText(file, '--profile'));
  if (value === null) {
    throw new ZonecutError('ZC_USAGE', `--profile ${file} is no JSON object`, {
      hint: `Give an object such as {"ns-single": "warning"}; severities are ${cutSeverities.join(', ')}.`,
    });
  }
  const entries = Object.entries(value);
  const known = new Set(checks.map(({ id }) => id));
  return Object.fromEntries(
    entries.map(([id, severity]) => {
      if (!known.has(id.split('/')[0] ?? '') || typeof severity !== 'string' || !isSeverity(severity)) {
        throw new ZonecutError(
          'ZC_USAGE',
          `--profile ${file}: "${id}": ${JSON.stringify(severity)} is no severity of a check`,
          {
            hint: `Give an object such as {"ns-single": "warning"}; severities are ${cutSeverities.join(', ')}.`,
          },
        );
      }
      return [id, severity];
    }),
  );
}

function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
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
