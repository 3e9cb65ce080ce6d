import { knownTypes } from '../../dns/iana.ts';
import { isObject, type JsonObject, listAt, memberAt, numberAt } from '../json.ts';
import type { Capabilities } from '../provider.ts';

/** What a program can do that says nothing of itself; what `hello` says takes its place, member by member. */
export const execCapabilities: Capabilities = {
  delegates: true,
  writesDs: false,
  holdsOccluded: false,
  writesGlue: false,
  showsApex: false,
  writesApexNs: false,
  signs: false,
  addsForeignKeys: false,
  protects: false,
  createsZones: false,
  zoneByHand: [],
  atomicBatches: false,
  compareAndSet: false,
  seedsAtomically: false,
  writesWholeZone: false,
  allowsSameApex: false,
  sharesServers: false,
  minTtl: 1,
  maxTtl: 2_147_483_647,
  defaultNsTtl: 3600,
  maxRecords: null,
  visibleWithinMs: 600_000,
  types: ['NS'],
  notes: [
    'The program is one of yours, named with its whole path or by a name that is found in `PATH`: [how it is spoken to](exec.md).',
  ],
  cautions: [],
};

/** Members that `hello` may say yes or no to; signing and locking are not in this version of the protocol. */
const switches = [
  'delegates',
  'writesDs',
  'holdsOccluded',
  'writesGlue',
  'showsApex',
  'writesApexNs',
  'createsZones',
  'atomicBatches',
  'compareAndSet',
  'writesWholeZone',
  'allowsSameApex',
  'sharesServers',
  'seedsAtomically',
] as const;

const numbers = ['minTtl', 'maxTtl', 'defaultNsTtl', 'maxRecords', 'visibleWithinMs'] as const;

const lists = ['zoneByHand', 'notes', 'cautions'] as const;

/** The capabilities in a `hello`; a sentence where they cannot be read. */
export function capabilitiesIn(value: unknown): Capabilities | string {
  const said = value === undefined ? {} : value;
  if (!isObject(said)) return 'capabilities is no object';
  const strange = Object.keys(said).find(
    key => ![...switches, ...numbers, ...lists, 'types'].some(known => known === key),
  );
  if (strange !== undefined) return `capabilities has a member ${JSON.stringify(strange)} that is not known`;
  const wrong =
    switches.find(key => said[key] !== undefined && typeof said[key] !== 'boolean') ??
    numbers.find(key => said[key] !== undefined && numberAt(said, key) === null) ??
    lists.find(key => said[key] !== undefined && textsAt(said, key) === null);
  if (wrong !== undefined) return `capabilities.${wrong} is ${JSON.stringify(said[wrong])}`;
  const types = said['types'] === undefined ? execCapabilities.types : textsAt(said, 'types');
  if (types === null || types.some(type => !knownTypes.includes(type))) {
    return `capabilities.types is no list of types: ${JSON.stringify(said['types'])}`;
  }
  return {
    ...execCapabilities,
    ...Object.fromEntries(
      switches.flatMap(key => (typeof said[key] === 'boolean' ? [[key, said[key]]] : [])),
    ),
    ...Object.fromEntries(numbers.flatMap(key => numberEntry(said, key))),
    ...Object.fromEntries(lists.flatMap(key => listEntry(said, key))),
    types,
  };
}

function numberEntry(said: JsonObject, key: string): readonly (readonly [string, number])[] {
  const value = numberAt(said, key);
  return value === null ? [] : [[key, value]];
}

function listEntry(said: JsonObject, key: string): readonly (readonly [string, readonly string[]])[] {
  const value = memberAt(said, key) === undefined ? null : textsAt(said, key);
  return value === null ? [] : [[key, value]];
}

/** A member that is a list of texts; null where it is not. */
export function textsAt(value: unknown, key: string): readonly string[] | null {
  const list = listAt(value, key);
  const texts = list?.filter(item => typeof item === 'string') ?? [];
  return list === null || texts.length < list.length ? null : texts;
}
