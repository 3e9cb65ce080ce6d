import { type Name, parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { type ResourceRecord, type RRset, recordsOf } from '../../src/dns/rrset.ts';
import type { Zone } from '../../src/dns/zone.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import type { RootHints } from '../../src/resolver/hints.ts';
import type { GivenDelegation } from '../../src/survey/facts.ts';
import type { FormerServer } from '../../src/survey/former.ts';
import type { Json } from './suite.ts';

/** What a rule sends in place of what the zones say; null for nothing at all. */
export interface RuleReply {
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
}

/** A rule of a server, tried before its zones. */
export interface Rule {
  readonly under: readonly Name[];
  /** Null for every type. */
  readonly types: readonly string[] | null;
  readonly reply: RuleReply | null;
  /** The only protocol that it is for; absent for both. */
  readonly protocol?: 'udp' | 'tcp';
}

/** One entry of a scenario: what some addresses say for the names below `match`. */
export interface ServerEntry {
  readonly addresses: readonly string[];
  readonly match: Name;
  readonly onlyTypes: readonly string[] | null;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly rules: readonly Rule[];
  readonly zones: readonly Zone[];
  /** Where its answers over UDP come from; null for where it was asked. */
  readonly replyFrom: string | null;
  /** What it does with capitals in a question: echoes them unless said. */
  readonly capitals: 'lowered' | 'dropped' | null;
  /** Whether it hands out its zones. */
  readonly transfers: boolean;
}

/** The texts of RDAP answers, clouds' lists and tables of origins. */
export type BesideTexts = Readonly<Record<'rdap' | 'cloudRanges' | 'asnTable', readonly string[]>>;

/** A scenario: a world of servers, the zone to look at, and what has to be found. */
export interface Bundle {
  readonly id: string;
  readonly zone: Name;
  readonly hints: RootHints;
  readonly given: GivenDelegation | null;
  readonly servers: readonly ServerEntry[];
  readonly refusing: ReadonlySet<string>;
  readonly report: readonly string[];
  readonly silent: readonly string[];
  /** Sets of `name/address`, null for undetermined; absent where the bundle says nothing of one. */
  readonly sets: Readonly<Partial<Record<'parentNs' | 'delegationNs' | 'zoneNs', readonly string[] | null>>>;
  /** Records of the parent zone that the survey is given, for what no query shows. */
  readonly parentZone: readonly RRset[] | null;
  /** Servers that the cut was delegated to. */
  readonly former: readonly FormerServer[];
  /** Files that are given beside the network, by their texts. */
  readonly beside: BesideTexts;
  /** Milliseconds since 1970 that the scenario plays at. */
  readonly nowMs: number;
}

/** Signatures of the scenarios hold at this time. */
const usualNowMs = Date.UTC(2026, 0, 1);

/** Reads a bundle. Throws when it has not the layout. */
export function parseBundle(text: string): Bundle {
  const json = objectOf(JSON.parse(text));
  const expect = objectOf(json['expect']);
  const ids = objectOf(expect['zonecut'] ?? {});
  const zone = parseName(textOf(json['zone']));
  return {
    id: textOf(json['id']),
    zone,
    hints: hintsOf(objectOf(json['roots'])),
    given: givenOf(textsOf(json['undelegatedNs']), textsOf(json['undelegatedDs'])),
    servers: listOf(json['servers']).map(serverOf),
    refusing: new Set(textsOf(json['refusing'])),
    report: textsOf(ids['report']),
    silent: textsOf(ids['silent']),
    sets: setsOf(expect),
    parentZone: json['parentZone'] === undefined ? null : rrsetsOf(textsOf(json['parentZone'])),
    former: listOf(json['former']).map(formerOf),
    beside: besideOf(objectOf(json['beside'] ?? {})),
    nowMs: typeof json['now'] === 'string' ? Date.parse(json['now']) : usualNowMs,
  };
}

function formerOf(json: Json): FormerServer {
  return {
    name: parseName(textOf(json['name'])),
    addresses: textsOf(json['addresses']),
    run: null,
    held: true,
    untilMs: json['until'] === undefined ? null : Date.parse(textOf(json['until'])),
  };
}

/** JSON may stand in a bundle as it is; a table of origins is its lines. */
function besideOf(json: Json): BesideTexts {
  return {
    rdap: listOf(json['rdap']).map(value => JSON.stringify(value)),
    cloudRanges: listOf(json['cloudRanges']).map(value => JSON.stringify(value)),
    asnTable: textsOf(json['asnTable']),
  };
}

function setsOf(expect: Json): Bundle['sets'] {
  const keys = (['parentNs', 'delegationNs', 'zoneNs'] as const).filter(key => key in expect);
  return Object.fromEntries(keys.map(key => [key, expect[key] === null ? null : textsOf(expect[key])]));
}

function hintsOf(roots: Json): RootHints {
  return {
    servers: Object.entries(roots).map(([name, addresses]) => ({
      name: parseName(name),
      addresses: textsOf(addresses),
    })),
  };
}

function givenOf(ns: readonly string[], ds: readonly string[]): GivenDelegation | null {
  if (ns.length === 0 && ds.length === 0) {
    return null;
  }
  const addresses = new Map<Name, string[]>();
  for (const text of ns) {
    const [name = '', address] = text.split('/');
    const here = addresses.get(parseName(name)) ?? [];
    addresses.set(parseName(name), address === undefined ? here : [...here, address]);
  }
  return {
    ns: [...addresses].map(([name, here]) => ({ name, addresses: here })),
    ds: ds.map(text => parseRdata('DS', text.replaceAll(',', ' '))),
  };
}

function serverOf(json: Json): ServerEntry {
  const only = textsOf(json['onlyTypes']);
  return {
    addresses: textsOf(json['addresses']),
    match: parseName(textOf(json['match'])),
    onlyTypes: only.length === 0 ? null : only,
    flags: objectOf(json['setFlags'] ?? {}) as ServerEntry['flags'],
    rules: listOf(json['rules']).map(ruleOf),
    zones: listOf(json['zones']).map(zone => ({
      apex: parseName(textOf(zone['origin'])),
      rrsets: rrsetsOf(textsOf(zone['records'])),
    })),
    replyFrom: json['replyFrom'] === undefined ? null : textOf(json['replyFrom']),
    capitals: json['capitals'] === 'lowered' || json['capitals'] === 'dropped' ? json['capitals'] : null,
    transfers: json['transfers'] === true,
  };
}

function ruleOf(json: Json): Rule {
  const when = objectOf(json['when']);
  const types = textsOf(when['types']);
  const protocol = when['protocol'];
  return {
    under: textsOf(when['under']).map(parseName),
    types: types.length === 0 || types.includes('ANY') ? null : types,
    reply: json['drop'] === true ? null : replyOf(objectOf(json['respond'])),
    ...(protocol === 'udp' || protocol === 'tcp' ? { protocol } : {}),
  };
}

function replyOf(json: Json): RuleReply {
  const section = (key: string): readonly ResourceRecord[] =>
    textsOf(json[key]).flatMap(line => rrsetsOf([line]).flatMap(recordsOf));
  const rcode = textOf(json['rcode']);
  const nothing = { answer: [], authority: [], additional: [] };
  return {
    rcode,
    authoritative: json['aa'] === true,
    truncated: json['tc'] === true,
    ...(rcode === 'SERVFAIL'
      ? nothing
      : { answer: section('answer'), authority: section('authority'), additional: section('additional') }),
  };
}

/** The RRsets of lines of a zone file with absolute names. */
function rrsetsOf(lines: readonly string[]): readonly RRset[] {
  const { rrsets, problems } = parseZoneFile(`${lines.map(legal).join('\n')}\n`, {
    origin: parseName('.'),
    defaultTtl: 3600,
  });
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem !== undefined) {
    throw new Error(`a record cannot be read: ${lines[problem.line - 1] ?? ''}: ${problem.message}`);
  }
  return rrsets;
}

/**
 * A line whose data no decoder lets pass, made legal: a digest gets the length of its type, and a signature as many labels as its
 * signer. Such lines were made of others by changing one number; what they are there for is that number.
 */
function legal(line: string): string {
  const digest = /^(\S+ \d+ IN C?DS \d+ \d+ (\d+) )([0-9a-f ]+)$/i.exec(line);
  const octets = { 1: 20, 2: 32, 4: 48 }[Number(digest?.[2])];
  if (digest !== null && octets !== undefined) {
    const hex = (digest[3] ?? '').replaceAll(' ', '');
    return `${digest[1]}${hex.slice(0, 2 * octets).padEnd(2 * octets, '0')}`;
  }
  const signature = /^(\S+ \d+ IN RRSIG \S+ \d+ )(\d+)( \d+ \d+ \d+ \d+ )(\S+)( .*)$/.exec(line);
  if (signature !== null) {
    const [, head = '', labels = '', times = '', signer = '', rest = ''] = signature;
    const least = signer === '.' ? 0 : signer.split('.').length - 1;
    return `${head}${Math.max(Number(labels), least)}${times}${signer}${rest}`;
  }
  return line;
}

function objectOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('an object is missing in the bundle');
  }
  return value as Json;
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') {
    throw new Error('a text is missing in the bundle');
  }
  return value;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}
