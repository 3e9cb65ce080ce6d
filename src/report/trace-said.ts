import { extendedErrorsOf, extendedErrorTitle } from '../dns/edns.ts';
import { isAtOrBelow, type Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { Level, TraceServer } from '../resolver/level.ts';
import type { Paint } from './paint.ts';

/** Whether what a server said is of no use for the walk. */
export function isBad(server: TraceServer): boolean {
  return !['answer', 'alias', 'referral', 'nodata', 'nxdomain'].includes(server.verdict.kind);
}

/** Whether a server could not be asked since this machine has no Internet of its family, which is no fault of the server. */
export function isOutOfReach({ verdict, exchange }: TraceServer): boolean {
  return verdict.kind === 'unreachable' && exchange?.kind === 'unreachable' && exchange.reason === 'no-route';
}

/** How many of the servers of a level answer, and whether they agree. */
export function answeringText(level: Level, paint: Paint): string {
  const reached = level.servers.filter(server => !isOutOfReach(server));
  const answering = reached.filter(server => !isBad(server)).length;
  const beyond = level.servers.length - reached.length;
  const rest = beyond === 0 ? '' : `, ${beyond} more cannot be reached from here`;
  const agreement = answering < 2 ? '' : usefulOpinions(level).length > 1 ? ', and disagree' : ', and agree';
  const isFine = answering === reached.length && answering > 0 && agreement !== ', and disagree';
  const count =
    reached.length === 1
      ? `its server ${answering === 1 ? 'answers' : 'gives no answer'}`
      : `${answering} of ${reached.length} servers answer`;
  const text = reached.length === 0 ? 'no server can be reached from here' : `${count}${agreement}${rest}`;
  return isFine ? paint.dim(text) : paint.warn(`${paint.signs.odd} ${text}`);
}

/** The different things that servers of a level said that are of use for the walk. */
export function usefulOpinions(level: Level): Level['opinions'] {
  const useful = new Set(level.servers.filter(server => !isBad(server)).map(({ address }) => address));
  return level.opinions.filter(({ servers }) =>
    servers.some(place => useful.has(place.split(' ')[1] ?? null)),
  );
}

/** What a server of `zone` said, in one line. */
export function saidText(server: TraceServer, zone: Name): string {
  return `${verdictText(server, zone)}${wayText(server)}${errorText(server)}`;
}

function verdictText(server: TraceServer, zone: Name): string {
  const { verdict, attempts } = server;
  switch (verdict.kind) {
    case 'answer':
      return `${verdict.authoritative ? 'answer' : 'answer without authority'}: ${rrsetsText(verdict.rrsets)}`;
    case 'alias':
      return `alias of ${verdict.alias.target}`;
    case 'overlong-alias':
      return 'alias of a name that is too long';
    case 'referral': {
      const { cut, ns, glue } = verdict.delegation;
      return `go to ${cut} ${ns.data.length} NS, ttl ${ns.ttl}${glue.length === 0 ? ', no glue' : `, glue for ${glue.length}`}`;
    }
    case 'nodata':
      return 'no such record here';
    case 'nxdomain':
      return 'NXDOMAIN: no such name';
    case 'lame':
      return `lame: ${lameWords[verdict.why]}`;
    case 'empty':
      return 'an empty answer';
    case 'error':
      return verdict.rcode;
    case 'refused':
      return 'REFUSED';
    case 'oversized':
      return 'an RRset too large to be believed';
    case 'truncated':
      return 'truncated, over TCP too';
    case 'malformed':
      return `malformed: ${verdict.problem}`;
    case 'no-address':
      return isAtOrBelow(server.name, zone)
        ? 'has no address: its name is in this zone, and the zone above gives no glue'
        : 'has no address that can be found';
    case 'address-refused':
      return 'not asked: no public server can be at this address';
    case 'unreachable':
      return unreachableText(server);
    case 'timeout': {
      const waitedMs = attempts.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0);
      return `no answer within ${(waitedMs / 1000).toFixed(1)} s, asked ${timesText(attempts.length)}`;
    }
  }
}

function timesText(times: number): string {
  return times === 1 ? 'once' : `${times} times`;
}

const lameWords = {
  recursive: 'it answers from a cache, without authority',
  'upward-referral': 'it refers to the zone itself, or to one above',
  'not-authoritative': 'it has nothing of the zone',
  'child-side': 'it answers from below the cut',
} as const;

/** RRsets by type and data; the owner is the name that was asked for. */
export function rrsetsText(rrsets: readonly RRset[]): string {
  return rrsets.map(rrset => `${rrset.type} ${rrset.data.join(' ')}`).join('; ');
}

function unreachableText(server: TraceServer): string {
  const { exchange, address } = server;
  if (isOutOfReach(server)) {
    return `not reached: this machine has no route to it (${address?.includes(':') === true ? 'IPv6' : 'IPv4'})`;
  }
  if (exchange?.kind !== 'unreachable') {
    return 'unreachable';
  }
  const { reason, detail } = exchange;
  return reason === 'refused' ? 'unreachable: nothing listens there' : `unreachable: ${detail ?? reason}`;
}

/** How an answer came, where that is not as usual. */
function wayText({ attempts, exchange }: TraceServer): string {
  const last = attempts.at(-1);
  if (exchange?.kind !== 'response' || last === undefined) {
    return '';
  }
  const ways = [
    ...(exchange.protocol === 'tcp' ? ['over TCP'] : []),
    ...(last.edns ? [] : ['it knows no EDNS']),
  ];
  return ways.map(way => `, ${way}`).join('');
}

/** What the server says of it by Extended DNS Errors (RFC 8914); its words may hold anything, control characters too. */
function errorText({ exchange }: TraceServer): string {
  const errors = exchange?.kind === 'response' ? extendedErrorsOf(exchange.message) : [];
  return errors
    .map(({ code, text }) => {
      const words = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, maxErrorText);
      return ` (EDE ${code}, ${extendedErrorTitle(code)}${words === '' ? '' : `: ${words}`})`;
    })
    .join('');
}

/** Letters of a server's own words that are shown. */
const maxErrorText = 120;
