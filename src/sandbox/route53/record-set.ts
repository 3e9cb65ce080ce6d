import { type Name, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { RRType } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { compareListed, printDomainName } from './names.ts';
import { element, leaf, type XmlNode } from './xml.ts';

/** Where an alias points. */
export interface AliasTarget {
  readonly hostedZoneId: string;
  readonly dnsName: string;
  readonly evaluateTargetHealth: boolean;
}

/** A resource record set as the account keeps it: its values in the spelling and order in which they were sent. */
export interface RecordSet {
  readonly name: Name;
  readonly type: RRType;
  /** Null for simple routing. */
  readonly identifier: string | null;
  /** Of weighted routing; null for none. */
  readonly weight: number | null;
  /** Seconds; null for an alias. */
  readonly ttl: number | null;
  /** Empty for an alias. */
  readonly values: readonly string[];
  readonly alias: AliasTarget | null;
}

/** The types that Route 53 takes. */
export const types: readonly RRType[] = [
  ...['A', 'AAAA', 'CAA', 'CNAME', 'DS', 'HTTPS', 'MX', 'NAPTR', 'NS', 'PTR', 'SOA', 'SPF', 'SRV', 'SSHFP'],
  ...['SVCB', 'TLSA', 'TXT'],
];

/** Those of them whose values are kept as they were sent, and not served in the DNS. */
const opaqueTypes: readonly RRType[] = ['HTTPS', 'NAPTR', 'SPF', 'SSHFP', 'SVCB', 'TLSA'];

/** Whether the name servers answer with record sets of that type. */
export function isServed(type: RRType): boolean {
  return !opaqueTypes.includes(type);
}

/** Values of one record set, at most. */
const maxValues = 400;
/** Seconds. */
const maxTtl = 2_147_483_647;

/** What tells the record sets of a zone apart. */
export function keyOf(set: Pick<RecordSet, 'name' | 'type' | 'identifier'>): string {
  return `${set.name} ${set.type} ${set.identifier ?? ''}`;
}

/** Whether both say the same, the order of their values aside. */
export function sameRecordSet(a: RecordSet, b: RecordSet): boolean {
  return (
    a.ttl === b.ttl &&
    a.weight === b.weight &&
    [...a.values].sort().join('\n') === [...b.values].sort().join('\n') &&
    JSON.stringify(a.alias) === JSON.stringify(b.alias)
  );
}

/** What is wrong with a record set in itself, one sentence a problem. */
export function problemsOf(set: RecordSet): readonly string[] {
  const problems = set.values.flatMap(value => problemOfValue(set.type, value) ?? []);
  if (set.ttl !== null && (set.ttl < 0 || set.ttl > maxTtl)) {
    problems.push(`Invalid TTL: ${set.ttl}`);
  }
  if (set.values.length > maxValues) {
    problems.push(`Cannot have more than ${maxValues} records in a RRSet.`);
  }
  if (set.values.length > 1 && (set.type === 'CNAME' || set.type === 'SOA')) {
    problems.push(
      `RRSet of type ${set.type} with DNS name ${printDomainName(set.name)} has more than one record.`,
    );
  }
  for (const value of repeatedValues(set.values)) {
    problems.push(`Duplicate Resource Record: '${value}'`);
  }
  return problems;
}

function repeatedValues(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))];
}

function problemOfValue(type: RRType, value: string): string | null {
  const problem = nameOfProblem(type, value);
  return problem === null
    ? null
    : `Invalid Resource Record: FATAL problem: ${problem} encountered with '${value}'`;
}

function nameOfProblem(type: RRType, value: string): string | null {
  if (value.length > 4000) {
    return 'ValueTooLong (Value is too long)';
  }
  if ((type === 'TXT' || type === 'SPF') && !value.startsWith('"')) {
    return 'InvalidCharacterString (Value should be enclosed in quotation marks)';
  }
  if (!isServed(type)) {
    return value.trim() === '' ? `${type}RRDATAIllegalValue (Value is empty)` : null;
  }
  try {
    parseRdata(type, value, rootName);
    return null;
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
  }
  switch (type) {
    case 'A':
      return 'ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)';
    case 'AAAA':
      return 'AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)';
    case 'TXT':
      return 'CharacterStringTooLong (Value is too long)';
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return value.includes('..') || value.startsWith('.')
        ? 'DomainLabelEmpty (Domain label is empty)'
        : 'UnsupportedCharacter (Value contains unsupported characters)';
    default:
      return `${type}RRDATAIllegalValue (Value is not valid for its type)`;
  }
}

/** A record set as Route 53 prints it. */
export function printRecordSet(set: RecordSet): string {
  return element(
    'ResourceRecordSet',
    leaf('Name', printDomainName(set.name)),
    leaf('Type', set.type),
    set.identifier === null ? null : leaf('SetIdentifier', set.identifier),
    set.weight === null ? null : leaf('Weight', set.weight),
    set.ttl === null ? null : leaf('TTL', set.ttl),
    set.alias === null
      ? element(
          'ResourceRecords',
          ...set.values.map(value => element('ResourceRecord', leaf('Value', value))),
        )
      : printAlias(set.alias),
  );
}

function printAlias(alias: AliasTarget): string {
  return element(
    'AliasTarget',
    leaf('HostedZoneId', alias.hostedZoneId),
    leaf('DNSName', alias.dnsName),
    leaf('EvaluateTargetHealth', alias.evaluateTargetHealth),
  );
}

/** The alias of a request's record set; null when it has none. */
export function readAlias(node: XmlNode | null): AliasTarget | null {
  const hostedZoneId = node?.text('HostedZoneId') ?? null;
  const dnsName = node?.text('DNSName') ?? null;
  if (node === null || hostedZoneId === null || dnsName === null) {
    return null;
  }
  return { hostedZoneId, dnsName, evaluateTargetHealth: node.text('EvaluateTargetHealth') === 'true' };
}

/** The order of lists: name with reversed labels, type, identifier. */
export function compareSets(
  a: Pick<RecordSet, 'name' | 'type' | 'identifier'>,
  b: Pick<RecordSet, 'name' | 'type' | 'identifier'>,
): number {
  return (
    compareListed(a.name, b.name) ||
    compareText(a.type, b.type) ||
    compareText(a.identifier ?? '', b.identifier ?? '')
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
