import { rootName } from '../dns/name.ts';
import type { RRset, RRType } from '../dns/rrset.ts';
import type { Level, TraceServer } from '../resolver/level.ts';
import type { Security } from '../resolver/security.ts';
import type { Trace } from '../resolver/trace.ts';
import type { TraceSecurity, ZoneSecurity } from '../resolver/trace-security.ts';
import { durationText, type Paint, tableText } from './paint.ts';
import { answeringText, isBad, isOutOfReach, saidText, usefulOpinions } from './trace-said.ts';
import { isJudged, securityExplanation, securityText, zoneSecurityLines } from './trace-security-text.ts';

/** How a trace is shown. */
export interface TraceTextOptions {
  /** Says each hop in plain words too. */
  readonly explain: boolean;
  /** What DNSSEC has to say; null when it was not asked. */
  readonly security: TraceSecurity | null;
}

/** A trace for people: a block for each zone from the root down, with every server, what it said and how fast. */
export function traceText(trace: Trace, paint: Paint, options: TraceTextOptions): string {
  const { security } = options;
  const shown = { ...options, security: security !== null && isJudged(security) ? security : null };
  const blocks = trace.levels.map((level, depth) => levelText(level, depth, trace, paint, shown));
  return [
    ...blocks,
    outcomeText(trace, paint, shown.security?.outcome ?? null),
    ...(security !== null && shown.security === null && trace.outcome.kind !== 'failure'
      ? [paint.dim('no signature was checked: there is no trust anchor above\n')]
      : []),
    secondText(trace, paint, security?.queries ?? 0),
  ].join('');
}

function levelText(
  level: Level,
  depth: number,
  trace: Trace,
  paint: Paint,
  options: TraceTextOptions,
): string {
  const title = level.zone === rootName ? '. (root)' : level.zone;
  const head = `${'  '.repeat(depth)}${paint.bold(title)}  ${answeringText(level, paint)}\n`;
  const zone = options.security?.zones[depth];
  const rows = level.servers.map((server, at) => [
    signOf(server, isOddlyBogus(zone, at), paint),
    server.name,
    server.address ?? '-',
    paint.dim(server.from),
    server.rttMs === null ? '-' : `${server.rttMs.toFixed(1)} ms`,
    `${saidText(server, level.zone)}${oddSecurityText(zone, at, paint)}`,
  ]);
  const indent = '  '.repeat(depth + 1);
  const words = options.explain
    ? [explanation(level, trace), ...(zone === undefined ? [] : [securityExplanation(zone)])]
    : [];
  const lines = [
    ...words.filter(line => line !== '').map(line => paint.dim(line)),
    ...(zone === undefined ? [] : zoneSecurityLines(zone, paint)),
  ];
  const above = lines.map(line => `${indent}${line}\n`).join('');
  return `${head}${above}${tableText(rows, indent)}${opinionsText(level, paint, indent)}`;
}

/** Whether what a server of a secure zone said is bogus: the others are not, or it alone would not be worth a word. */
function isOddlyBogus(zone: ZoneSecurity | undefined, at: number): boolean {
  return zone?.security.kind === 'secure' && zone.servers[at]?.kind === 'bogus';
}

function oddSecurityText(zone: ZoneSecurity | undefined, at: number, paint: Paint): string {
  const security = zone?.servers[at];
  return isOddlyBogus(zone, at) && security ? paint.bad(`; ${securityText(security)}`) : '';
}

function signOf(server: TraceServer, isBogus: boolean, paint: Paint): string {
  if (isOutOfReach(server)) {
    return '-';
  }
  return isBad(server) || isBogus ? paint.bad(paint.signs.failed) : paint.good(paint.signs.done);
}

/** What was said by whom, where there is more than one thing; what failed stands in its row. */
function opinionsText(level: Level, paint: Paint, indent: string): string {
  const opinions = usefulOpinions(level);
  if (opinions.length < 2) {
    return '';
  }
  return opinions
    .map(
      ({ said, servers }) =>
        `${indent}${paint.warn(paint.signs.odd)} ${servers.join(', ')} ${servers.length === 1 ? 'says' : 'say'}: ${said}\n`,
    )
    .join('');
}

/** One hop in plain words. */
function explanation(level: Level, trace: Trace): string {
  const { name, type } = trace.question;
  const who =
    level.zone === rootName
      ? 'The root name servers, which every resolver knows by heart,'
      : `The name servers of ${level.zone}`;
  if (level.next !== null) {
    return `${who} do not know ${name} themselves, but they know who is responsible for ${level.next}: your resolver is sent on to those servers.`;
  }
  switch (trace.outcome.kind) {
    case 'answer':
      return `${who} are responsible for ${name} and give its ${type} records. The walk is over.`;
    case 'alias':
      return `${who} say that ${name} is another name for ${trace.outcome.target}; a resolver would now look that up.`;
    case 'nodata':
      return `${who} are responsible for ${name}: the name is there, but has no ${type} records.`;
    case 'nxdomain':
      return `${who} are responsible, and say that there is no ${name}. A resolver remembers that for a while.`;
    case 'failure':
      return `None of the name servers of ${level.zone} helps: a resolver would give up here.`;
  }
}

function outcomeText(trace: Trace, paint: Paint, security: Security | null): string {
  const { outcome, question } = trace;
  if (security?.kind === 'bogus') {
    return `${paint.bad(paint.signs.failed)} ${question.name} ${question.type}: ${securityText(security)}\n`;
  }
  const kind = security === null ? '' : ` ${paint.dim(`(${security.kind})`)}`;
  const what = `${question.name} ${question.type}`;
  switch (outcome.kind) {
    case 'answer':
      return `${paint.good(paint.signs.done)} ${what}: ${outcome.rrsets.map(rrset => answerText(rrset, question.type)).join('; ')}${kind}\n`;
    case 'alias': {
      const ttl = Math.min(...outcome.rrsets.map(rrset => rrset.ttl));
      const further = paint.dim(`; a resolver goes on with ${outcome.target} ${question.type}`);
      return `${paint.good(paint.signs.done)} ${what}: alias of ${outcome.target} (ttl ${ttl})${kind}${further}\n`;
    }
    case 'nodata':
      return `${paint.warn(paint.signs.odd)} ${what}: no such records${kind}\n`;
    case 'nxdomain':
      return `${paint.warn(paint.signs.odd)} ${what}: no such name${kind}\n`;
    case 'failure':
      return `${paint.bad(paint.signs.failed)} ${what}: ${outcome.reason}\n`;
  }
}

/** The data of an RRset, with its type where that is another than was asked for. */
function answerText({ type, data, ttl }: RRset, wanted: RRType): string {
  return `${type === wanted ? '' : `${type} `}${data.join(' ')} (ttl ${ttl})`;
}

function secondText(trace: Trace, paint: Paint, keyQueries: number): string {
  const { fromCache, asked, outcome } = trace.second;
  const words = { nodata: 'no such records', nxdomain: 'no such name' } as const;
  const answer = outcome === 'nodata' || outcome === 'nxdomain' ? words[outcome] : 'answer';
  const kept = fromCache.map(({ name, what, ttlSeconds }) => {
    return `${name} (${what === 'answer' ? answer : what}, ${durationText(ttlSeconds)} left)`;
  });
  const again = [...new Set(asked.map(hop => hop.server?.name ?? hop.zone))];
  const rest =
    outcome === 'failure'
      ? 'the servers that give no answer are asked again'
      : again.length === 0
        ? 'nothing has to be asked'
        : `still to ask: ${again.join(', ')}`;
  const queries = (count: number): string => `${count} ${count === 1 ? 'query' : 'queries'}`;
  const beside = keyQueries === 0 ? '' : `, and ${queries(keyQueries)} for keys`;
  const first = `${queries(trace.queries)} the first time${beside}`;
  const second = kept.length === 0 ? '' : ` from cache: ${kept.join(', ')};`;
  return `${paint.dim(`${first}. The second time,${second} ${rest}`)}\n`;
}
