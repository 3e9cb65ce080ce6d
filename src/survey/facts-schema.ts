import { z } from 'zod';
import { isAddress } from '../dns/address.ts';
import { type Name, parseName } from '../dns/name.ts';
import { parseRdata } from '../dns/rdata.ts';
import type { Rdata } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import type { CutFacts } from './facts.ts';

/*
 * The shape of a file of facts: `parseFacts` holds every file to it. What the members mean stands at the types of facts.ts.
 * It is loaded only where a file is read, since the library of schemas takes longer to load than facts take to judge.
 */

/** A type without the brands of its strings: what JSON can say of it. */
type Plain<T> = T extends Name | Rdata ? string : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

const name = z.string().refine(isName, 'a domain name: absolute, lower case, as in a zone file');
const address = z.string().refine(isAddress, 'an IPv4 or IPv6 address');
const type = z.string().regex(/^[A-Z0-9-]+$/, 'a record type, such as NS');
const count = whole(Number.MAX_SAFE_INTEGER);
const ttl = whole(2_147_483_647);
const port = whole(65_535);
const milliseconds = z.number().min(0, 'milliseconds, 0 at least');
const protocol = z.enum(['udp', 'tcp', 'tls', 'https']);

const rrset = z
  .strictObject({ owner: name, type, ttl, data: z.array(z.string()).min(1) })
  .superRefine((value, context) => {
    for (const [at, data] of value.data.entries()) refuseOtherData(value.type, data, ['data', at], context);
  });

const record = z
  .strictObject({ owner: name, type, class: z.string(), ttl, data: z.string() })
  .superRefine((value, context) => refuseOtherData(value.type, value.data, ['data'], context));

const message = z.strictObject({
  id: whole(65_535),
  response: z.boolean(),
  opcode: z.string(),
  authoritative: z.boolean(),
  truncated: z.boolean(),
  recursionDesired: z.boolean(),
  recursionAvailable: z.boolean(),
  authenticData: z.boolean(),
  checkingDisabled: z.boolean(),
  rcode: z.string(),
  questions: z.array(z.strictObject({ name, type, class: z.string(), spelling: z.string().exactOptional() })),
  answer: z.array(record),
  authority: z.array(record),
  additional: z.array(record),
  edns: z
    .strictObject({
      udpSize: whole(65_535),
      version: whole(255),
      dnssecOk: z.boolean(),
      options: z.array(z.never('no options, which facts leave out')),
    })
    .nullable(),
});

const exchange = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('response'),
    message,
    protocol,
    rttMs: milliseconds,
    octets: count,
  }),
  z.strictObject({ kind: z.literal('malformed'), problem: z.string(), protocol }),
  z.strictObject({
    kind: z.literal('unreachable'),
    reason: z.enum(['refused', 'reset', 'no-route', 'untrusted', 'proxy']),
    protocol,
    detail: z.string().exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('timeout'),
    afterMs: milliseconds,
    protocol,
    elsewhere: z.strictObject({ address, port }).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('not-asked'), why: z.string() }),
]);

const observation = z.strictObject({
  server: z.strictObject({ name: name.nullable(), address }),
  question: z.strictObject({ name, type }),
  exchange,
  packets: count,
  withoutEdns: z.boolean().exactOptional(),
});

const parent = z.strictObject({
  zone: name,
  names: z.array(name),
  ns: observation,
  ds: observation.nullable(),
  dname: observation.nullable(),
});

const child = z.strictObject({
  names: z.array(name),
  address,
  from: z.enum(['delegation', 'child-only']),
  soa: observation,
  ns: observation,
  tcp: observation.nullable(),
  hosts: z.array(observation),
  keys: z.array(observation),
  deep: z.strictObject({ mixedCase: observation.nullable(), transfer: observation }).exactOptional(),
});

const cause = z.enum([
  'unreachable',
  'lame',
  'no-address',
  'cycle',
  'alias-loop',
  'overlong-alias',
  'limit',
  'failed-before',
  'not-remembered',
  'bogus',
]);

const host = z.strictObject({
  name,
  addresses: z.array(address),
  outcome: z.enum(['found', 'nodata', 'nxdomain', 'failure']),
  cause: cause.nullable(),
  reason: z.string().nullable(),
  alias: name.nullable(),
  zones: z.array(name),
  packets: count,
});

const given = z.strictObject({
  ns: z.array(z.strictObject({ name, addresses: z.array(address) })),
  ds: z.array(z.string()).superRefine((all, context) => {
    for (const [at, data] of all.entries()) refuseOtherData('DS', data, [at], context);
  }),
});

const date = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/, 'a time of RFC 3339 in UTC');

const beside = z.strictObject({
  domains: z
    .array(
      z.strictObject({
        domain: name,
        expiresAt: date.nullable(),
        asOf: date.nullable(),
        status: z.array(z.string()),
      }),
    )
    .exactOptional(),
  rented: z
    .array(
      z.strictObject({
        address,
        cloud: z.enum(['AWS', 'Google', 'Azure']),
        prefix: z.string(),
        place: z.string().nullable(),
        asOf: z.string().nullable(),
      }),
    )
    .exactOptional(),
  origins: z
    .array(z.strictObject({ address, range: z.string(), asns: z.array(whole(4_294_967_295)).min(1) }))
    .exactOptional(),
  remarks: z.array(z.string()).exactOptional(),
});

const facts: z.ZodType<Plain<CutFacts>> = z.strictObject({
  schema: z.literal('zonecut/facts/v1'),
  cut: name,
  takenAtMs: count,
  offline: z.boolean(),
  given: given.nullable(),
  walk: z.array(z.strictObject({ zone: name, seen: observation })),
  problem: z.string().nullable(),
  parents: z.array(parent),
  children: z.array(child),
  hosts: z.array(host),
  registries: z.array(
    z.strictObject({
      domain: name,
      outcome: z.enum(['registered', 'unregistered', 'unknown']),
      reason: z.string().nullable(),
    }),
  ),
  parentZone: z.array(rrset).nullable(),
  former: z
    .array(
      z.strictObject({
        name,
        address,
        run: z.string().nullable(),
        held: z.boolean(),
        untilMs: count.nullable(),
        soa: observation,
        ns: observation,
      }),
    )
    .exactOptional(),
  beside: beside.exactOptional(),
  limits: z.array(z.strictObject({ limit: z.string(), value: z.number(), at: z.string() })),
  queries: count,
});

const hint = 'Facts are saved by `zonecut check NAME --save FILE`, and judged as they were saved.';

/**
 * Reads what `printFacts` made. Throws ZC_USAGE for anything else, with the place, what was found there and what is allowed.
 *
 * `source` is what the text is called in errors. Every name, address and record has to be one, in canonical form, for the checks take their word.
 */
export function parseFacts(text: string, source: string = 'the text'): CutFacts {
  const value = jsonIn(text, source);
  const parsed = facts.safeParse(value, { reportInput: true });
  if (parsed.success) return value as CutFacts;
  const [first] = parsed.error.issues;
  throw unreadable(source, first === undefined ? 'they have another shape' : misfitText(first));
}

function jsonIn(text: string, source: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(source, 'it is not JSON', cause);
  }
  const schema = typeof value === 'object' && value !== null ? Reflect.get(value, 'schema') : undefined;
  if (schema !== 'zonecut/facts/v1') {
    throw unreadable(
      source,
      schema === undefined
        ? 'it has no `schema`, and facts have zonecut/facts/v1'
        : `schema is ${shortJson(schema)}, this zonecut reads zonecut/facts/v1`,
    );
  }
  return value;
}

function unreadable(source: string, why: string, cause?: unknown): ZonecutError {
  return new ZonecutError('ZC_USAGE', `${source} holds no facts that this version reads: ${why}`, {
    hint,
    cause,
  });
}

/** `children.0.address: "x" was found, allowed is an IPv4 or IPv6 address`. */
function misfitText(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') {
    return `${place}: ${issue.keys.join(', ')} is not known there`;
  }
  const input = issue.code === 'invalid_union' ? Reflect.get(Object(issue.input), 'kind') : issue.input;
  const found = input === undefined ? 'nothing' : shortJson(input);
  return `${place}: ${found} was found, allowed is ${allowedText(issue)}`;
}

const typeTexts: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a text',
};

function allowedText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeTexts[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map(value => JSON.stringify(value)).join(', ');
    case 'invalid_union':
      return 'one of the kinds that this zonecut knows';
    default:
      return issue.message;
  }
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** A whole number from 0 to `most`. */
function whole(most: number): z.ZodType<number> {
  const text = `a whole number, 0 to ${most}`;
  return z.int().min(0, text).max(most, text);
}

function isName(text: string): boolean {
  try {
    return parseName(text) === text;
  } catch {
    return false;
  }
}

/** Refuses data that is no data of `type`, or not in canonical form. */
function refuseOtherData(
  type: string,
  data: string,
  path: (string | number)[],
  context: z.core.$RefinementCtx,
): void {
  if (canonicalData(type, data) !== data) {
    context.addIssue({ code: 'custom', path, input: data, message: `the data of a record of type ${type}` });
  }
}

function canonicalData(type: string, data: string): string | null {
  try {
    return parseRdata(type, data);
  } catch {
    return null;
  }
}
