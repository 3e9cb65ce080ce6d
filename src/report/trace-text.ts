import { rootName } from '../dns/name.ts';
import type { Level, TraceServer } from '../resolver/level.ts';
import type { Security } from '../resolver/security.ts';
import type { Trace } from '../resolver/trace.ts';
import type { TraceSecurity, ZoneSecurity } from '../resolver/trace-security.ts';
import { countText, durationText, type Paint, tableText } from './paint.ts';
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
    ...(security !== null && shown.security === null
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
  const answering = level.servers.filter(server => !isBad(server)).length;
  const agreement = level.agrees ? 'all agree' : paint.warn(`${paint.signs.odd} they disagree`);
  const head = `${'  '.repeat(depth)}${paint.bold(title)}  ${paint.dim(`${answering} of ${countText(level.servers.length, 'server')} ${level.servers.length === 1 ? 'answers' : 'answer'}, `)}${paint.dim(agreement)}\n`;
  const zone = options.security?.zones[depth];
  const rows = level.servers.map((server, at) => [
    isBad(server) || isOddlyBogus(zone, at) ? paint.bad(paint.signs.failed) : paint.good(paint.signs.done),
    server.name,
    server.address ?? '-',
    paint.dim(server.from),
    server.rttMs === null ? '-' : `${server.rttMs.toFixed(1)} ms`,
    `${saidText(server)}${oddSecurityText(zone, at, paint)}`,
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

/** Whether what a server said is of no use for the walk. */
export function isBad(server: TraceServer): boolean {
  return !['answer', 'alias', 'referral', 'nodata', 'nxdomain'].includes(server.verdict.kind);
}

/** What a server said, in one line. */
export function saidText(server: TraceServer): string {
  const { verdict } = server;
  switch (verdict.kind) {
    case 'answer':
      return `${verdict.authoritative ? 'answer' : 'answer without authority'}: ${verdict.rrsets.map(rrset => `${rrset.type} ${rrset.data.join(' ')}`).join('; ')}`;
    case 'alias':
      return `alias of ${verdict.alias.target}`;
    case 'referral': {
      const glue = verdict.delegation.glue.length;
      return `go to ${verdict.delegation.cut} ${verdict.delegation.ns.data.length} NS, ttl ${verdict.delegation.ns.ttl}${glue === 0 ? ', no glue' : `, glue for ${glue}`}`;
    }
    case 'nodata':
      return 'no such record here';
    case 'nxdomain':
      return 'NXDOMAIN: no such name';
    case 'lame':
      return `lame: ${verdict.why}`;
    case 'error':
      return verdict.rcode;
    case 'refused':
      return 'REFUSED';
    case 'malformed':
      return `malformed: ${verdict.problem}`;
    case 'no-address':
      return 'has no address';
    case 'address-refused':
      return 'not asked: no public server can be at this address';
    default:
      return verdict.kind;
  }
}

function opinionsText(level: Level, paint: Paint, indent: string): string {
  if (level.agrees) {
    return '';
  }
  return level.opinions
    .map(
      ({ said, servers }) => `${indent}${paint.warn(paint.signs.odd)} ${servers.join(', ')} say: ${said}\n`,
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
    case 'alias':
      return `${paint.good(paint.signs.done)} ${what}: ${outcome.rrsets.map(rrset => `${rrset.type} ${rrset.data.join(' ')} (ttl ${rrset.ttl})`).join('; ')}${kind}\n`;
    case 'nodata':
      return `${paint.warn(paint.signs.odd)} ${what}: no such records${kind}\n`;
    case 'nxdomain':
      return `${paint.warn(paint.signs.odd)} ${what}: no such name${kind}\n`;
    case 'failure':
      return `${paint.bad(paint.signs.failed)} ${what}: ${outcome.reason}\n`;
  }
}

function secondText(trace: Trace, paint: Paint, keyQueries: number): string {
  const { fromCache, asked } = trace.second;
  const kept = fromCache.map(
    ({ name, what, ttlSeconds }) => `${name} (${what}, ${durationText(ttlSeconds)} left)`,
  );
  const rest =
    asked.length === 0
      ? 'nothing has to be asked'
      : `still to ask: ${asked.map(hop => hop.server?.name ?? hop.zone).join(', ')}`;
  const queries = (count: number): string => `${count} ${count === 1 ? 'query' : 'queries'}`;
  const beside = keyQueries === 0 ? '' : `, and ${queries(keyQueries)} for keys`;
  return `${paint.dim(`${queries(trace.queries)} the first time${beside}. The second time, from cache: ${kept.join(', ')}; ${rest}`)}\n`;
}
