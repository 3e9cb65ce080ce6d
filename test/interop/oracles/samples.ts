import { typeNumber } from '../../../src/dns/iana.ts';
import { childOf, type Name, nameFromOctets, parseName } from '../../../src/dns/name.ts';
import { rdataFromOctets } from '../../../src/dns/rdata.ts';
import type { Rdata } from '../../../src/dns/rrset.ts';
import { type Dice, randomLabel } from '../../dns/generate.ts';
import { randomData } from '../../dns/generate-rdata.ts';

/** A random record that programs read and write; its owner is no other's. */
export interface Sample {
  readonly id: number;
  readonly owner: Name;
  readonly type: string;
  /** As zonecut writes it. */
  readonly text: Rdata;
  /** Uncompressed, letters of names folded where the type's fold, made without zonecut. */
  readonly octets: Uint8Array;
}

/** What a program that refuses a sample gives, before its reason. */
export const refusal = 'refused: ';

/** What a program made of a sample; what begins with `refusal` is its refusal. */
export interface Reading {
  /** Hexadecimal of the octets that it read from our text. */
  readonly octets: string;
  /** The text that it wrote for the octets. */
  readonly text: string;
}

/** The zone that the samples are in. */
export const sampleZone: Name = parseName('example.');

/** One record of every one of `types` in turn, `count` in all. */
export function makeSamples(dice: Dice, types: readonly string[], count: number): readonly Sample[] {
  return Array.from({ length: count }, (_, id) => {
    const type = types[id % types.length] ?? 'A';
    const made = randomData(dice, type);
    return {
      id,
      owner: ownerOf(dice, id),
      type,
      text: rdataFromOctets(type, made.octets),
      octets: made.folded,
    };
  });
}

/** A random label over one that says whose it is. */
function ownerOf(dice: Dice, id: number): Name {
  const label = randomLabel(dice);
  const own = childOf(`r${id}`, sampleZone);
  return parseName(nameFromOctets(Uint8Array.of(label.length, ...label, 0)) + own);
}

/** The number of the sample that `owner` (in any program's text) is of; null for other records. */
export function sampleAt(owner: string): number | null {
  const match = /\.r(\d+)\.example\.$/i.exec(owner);
  return match === null ? null : Number(match[1]);
}

/** The lines of a zone that is whole without the samples. */
const head = `$TTL 3600
example. 3600 IN SOA ns.example. host.example. 1 2 3 4 5
example. 3600 IN NS ns.example.
ns.example. 3600 IN A 192.0.2.1
`;

/** Where the first sample stands in a zone file. */
export const firstLine: number = head.split('\n').length;

/** A zone of `samples`, a line each, with type and data as `recordOf` gives them. */
export function zoneOf(samples: readonly Sample[], recordOf: (sample: Sample) => string): string {
  return `${head}${samples.map(sample => `${sample.owner} 3600 IN ${recordOf(sample)}\n`).join('')}`;
}

/** Type and data of a sample as zonecut writes them. */
export function textOf(sample: Sample): string {
  return `${sample.type} ${sample.text}`;
}

/** Type and octets of a sample as RFC 3597 section 5 writes them, which every program can read. */
export function genericOf(sample: Sample): string {
  const hex = Buffer.from(sample.octets).toString('hex');
  return `TYPE${typeNumber(sample.type)} \\# ${sample.octets.length} ${hex}`;
}

/** The hexadecimal digits of text in the form of RFC 3597; null when it is in another. */
export function hexOfGeneric(text: string): string | null {
  const match = /^\\# \d+ ?([0-9a-f ]*)$/i.exec(text.trim());
  return match === null ? null : (match[1] ?? '').replaceAll(' ', '').toLowerCase();
}
