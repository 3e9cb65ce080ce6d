import { isAtOrBelow, type Name } from '../../dns/name.ts';
import { isZonecutError } from '../../error.ts';
import { invalidChangeBatch, invalidInput, malformedInput } from './fault.ts';
import { printDomainName, readDomainName } from './names.ts';
import { keyOf, problemsOf, type RecordSet, readAlias, sameRecordSet, types } from './record-set.ts';
import type { XmlNode } from './xml.ts';

/** One change of a batch. */
export interface Change {
  readonly action: 'CREATE' | 'DELETE' | 'UPSERT';
  readonly set: RecordSet;
}

/** ResourceRecord elements of one request, at most; UPSERT counts twice. */
const maxRecords = 1000;
/** Characters of all Value elements of one request, at most; UPSERT counts twice. */
const maxCharacters = 32_000;

/** The changes of a request's `ChangeBatch`. Throws InvalidInput, MalformedInput and InvalidChangeBatch. */
export function readChanges(batch: XmlNode | null): readonly Change[] {
  const nodes = batch?.child('Changes')?.children('Change') ?? [];
  if (batch === null || nodes.length === 0) {
    throw invalidInput(
      "1 validation error detected: Value '[]' at 'changeBatch.changes' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  const changes = nodes.map(readChange);
  const weights = changes.map(change => (change.action === 'UPSERT' ? 2 : 1));
  const records = sum(changes, (change, at) => change.set.values.length * (weights[at] ?? 1));
  const characters = sum(changes, (change, at) => change.set.values.join('').length * (weights[at] ?? 1));
  if (records > maxRecords) {
    throw invalidChangeBatch([`Number of records limit of ${maxRecords} exceeded.`]);
  }
  if (characters > maxCharacters) {
    throw invalidChangeBatch([`Number of characters limit of ${maxCharacters} exceeded.`]);
  }
  return changes;
}

function sum(changes: readonly Change[], count: (change: Change, at: number) => number): number {
  return changes.reduce((total, change, at) => total + count(change, at), 0);
}

function readChange(node: XmlNode): Change {
  const action = node.text('Action');
  const set = node.child('ResourceRecordSet');
  if (set === null || action === null) {
    throw malformedInput();
  }
  if (action !== 'CREATE' && action !== 'DELETE' && action !== 'UPSERT') {
    throw invalidInput(
      `1 validation error detected: Value '${action}' at 'changeBatch.changes.1.member.action' failed to satisfy constraint: Member must satisfy enum value set: [CREATE, DELETE, UPSERT]`,
    );
  }
  return { action, set: readRecordSet(action, set) };
}

function readRecordSet(action: string, node: XmlNode): RecordSet {
  const [name, type] = [node.text('Name'), node.text('Type')];
  if (name === null || type === null) {
    throw malformedInput();
  }
  if (!types.includes(type)) {
    throw invalidInput(
      `1 validation error detected: Value '${type}' at 'changeBatch.changes.1.member.resourceRecordSet.type' failed to satisfy constraint: Member must satisfy enum value set: [${types.join(', ')}]`,
    );
  }
  const identifier = node.text('SetIdentifier');
  const [ttl, weight] = [node.text('TTL'), node.text('Weight')];
  const values = (node.child('ResourceRecords')?.children('ResourceRecord') ?? []).map(
    record => record.text('Value') ?? '',
  );
  const alias = readAlias(node.child('AliasTarget'));
  if ((alias === null) === (ttl === null || values.length === 0)) {
    throw invalidInput(
      `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${alias === null ? 'none' : 'more than one'} in Change with [Action=${action}, Name=${name}, Type=${type}, SetIdentifier=${identifier}]`,
    );
  }
  if ((identifier === null) !== (weight === null)) {
    throw invalidInput(
      `Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer], or none of them together with no SetIdentifier, in Change with [Action=${action}, Name=${name}, Type=${type}, SetIdentifier=${identifier}]`,
    );
  }
  return {
    name: nameOf(name),
    type,
    identifier,
    weight: weight === null ? null : wholeNumber(weight),
    ttl: ttl === null ? null : wholeNumber(ttl),
    values,
    alias,
  };
}

function nameOf(text: string): Name {
  try {
    return readDomainName(text);
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    throw invalidChangeBatch([
      `FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with '${text}'`,
    ]);
  }
}

function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) {
    throw malformedInput();
  }
  return Number(text);
}

/**
 * The record sets of the zone of `apex` after `changes`, all of them or none.
 *
 * Changes are tried in their order, each against what those before it leave. Throws InvalidChangeBatch with every problem.
 */
export function applyChanges(
  apex: Name,
  records: ReadonlyMap<string, RecordSet>,
  changes: readonly Change[],
): ReadonlyMap<string, RecordSet> {
  const after = new Map(records);
  const problems = repeatedChanges(changes);
  for (const { action, set } of changes) {
    const found = [...problemsOf(set), ...problemsOfPlace(apex, set, action)];
    if (found.length === 0) {
      found.push(...problemsOfAction(action, set, after.get(keyOf(set))));
    }
    if (found.length === 0 && action !== 'DELETE') {
      found.push(...conflicts(apex, set, after));
    }
    problems.push(...found);
    if (found.length > 0) {
      continue;
    }
    if (action === 'DELETE') {
      after.delete(keyOf(set));
    } else {
      after.set(keyOf(set), set);
    }
  }
  if (problems.length === 0) {
    problems.push(...problemsOfApex(apex, after));
  }
  if (problems.length > 0) {
    throw invalidChangeBatch(problems);
  }
  return after;
}

/** A record set may be changed once in a batch, or deleted and then made anew. */
function repeatedChanges(changes: readonly Change[]): string[] {
  const actions = new Map<string, string>();
  const problems: string[] = [];
  for (const { action, set } of changes) {
    const before = actions.get(keyOf(set));
    if (before !== undefined && (before !== 'DELETE' || action === 'DELETE')) {
      problems.push(
        `The request contains an invalid set of changes for a resource record set '${set.type} ${printDomainName(set.name)}'`,
      );
    }
    actions.set(keyOf(set), before === undefined ? action : `${before} ${action}`);
  }
  return problems;
}

function problemsOfPlace(apex: Name, set: RecordSet, action: Change['action']): string[] {
  const [name, zone] = [printDomainName(set.name), printDomainName(apex)];
  if (!isAtOrBelow(set.name, apex)) {
    return [`RRSet with DNS name ${name} is not permitted in zone ${zone}`];
  }
  if (set.name === apex && (set.type === 'CNAME' || set.type === 'DS')) {
    return [`RRSet of type ${set.type} with DNS name ${name} is not permitted at apex in zone ${zone}`];
  }
  if (set.name !== apex && set.type === 'SOA') {
    return [`RRSet of type SOA with DNS name ${name} is not permitted in zone ${zone}, only at its apex`];
  }
  if (set.name === apex && set.type === 'SOA' && action === 'DELETE') {
    return ['A HostedZone must contain exactly one SOA record.'];
  }
  return [];
}

function problemsOfAction(action: Change['action'], set: RecordSet, now: RecordSet | undefined): string[] {
  const what = `resource record set [name='${printDomainName(set.name)}', type='${set.type}'${set.identifier === null ? '' : `, set identifier='${set.identifier}'`}]`;
  if (action === 'CREATE' && now !== undefined) {
    return [`Tried to create ${what} but it already exists`];
  }
  if (action === 'DELETE' && now === undefined) {
    return [`Tried to delete ${what} but it was not found`];
  }
  if (action === 'DELETE' && now !== undefined && !sameRecordSet(now, set)) {
    return [`Tried to delete ${what} but the values provided do not match the current values`];
  }
  return [];
}

/** What stands in the way of `set` (RFC 1034 section 3.6.2: a CNAME stands alone). */
function conflicts(apex: Name, set: RecordSet, records: ReadonlyMap<string, RecordSet>): string[] {
  const [name, zone] = [printDomainName(set.name), printDomainName(apex)];
  const others = [...records.values()].filter(other => other.name === set.name && other.type !== set.type);
  if (set.type === 'CNAME' && others.length > 0) {
    return [
      `RRSet of type CNAME with DNS name ${name} is not permitted as it conflicts with other records with the same DNS name in zone ${zone}`,
    ];
  }
  if (others.some(other => other.type === 'CNAME')) {
    return [
      `RRSet of type ${set.type} with DNS name ${name} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zone}`,
    ];
  }
  const twins = [...records.values()].filter(other => other.name === set.name && other.type === set.type);
  if (twins.some(twin => (twin.identifier === null) !== (set.identifier === null))) {
    return [
      `RRSet with DNS name ${name}, type ${set.type}, SetIdentifier ${set.identifier ?? 'null'} cannot be created as other RRSets exist with the same name and type.`,
    ];
  }
  return [];
}

function problemsOfApex(apex: Name, records: ReadonlyMap<string, RecordSet>): string[] {
  return records.has(keyOf({ name: apex, type: 'NS', identifier: null }))
    ? []
    : ['A HostedZone must contain at least one NS record for the zone itself.'];
}
