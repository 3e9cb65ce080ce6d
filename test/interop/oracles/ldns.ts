import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../programs.ts';
import { apart } from './compare.ts';
import {
  firstLine,
  genericOf,
  hexOfGeneric,
  type Reading,
  refusal,
  type Sample,
  sampleAt,
  textOf,
  zoneOf,
} from './samples.ts';

/** Refusals that one run waits for; each costs a run of the program, which stops at the first. */
const maxRefusals = 10;

/** What ldns makes of `samples`, by their numbers. */
export async function readWithLdns(
  folder: string,
  samples: readonly Sample[],
): Promise<ReadonlyMap<number, Reading>> {
  const found = new Map<number, Reading>();
  for (const own of apart('ldns', samples)) {
    // To mark one type as one to print in its own form marks all others to be printed in that of RFC 3597.
    const octets = await readZone(folder, ['-U', 'NULL'], own, textOf);
    const texts = await readZone(folder, [], own, genericOf);
    for (const { id } of own) {
      const generic = octets.get(id) ?? `${refusal}is not in the zone`;
      const text = texts.get(id) ?? `${refusal}is not in the zone`;
      found.set(id, { octets: hexOfGeneric(generic) ?? generic, text });
    }
  }
  return found;
}

async function readZone(
  folder: string,
  flags: readonly string[],
  samples: readonly Sample[],
  recordOf: (sample: Sample) => string,
): Promise<ReadonlyMap<number, string>> {
  const file = path.join(folder, 'ldns.in');
  const found = new Map<number, string>();
  let left = samples;
  for (let refusals = 0; refusals < maxRefusals && left.length > 0; refusals += 1) {
    await writeFile(file, zoneOf(left, recordOf));
    const args = [...flags, file];
    const { status, stdout, stderr } = await runProgram('ldns-read-zone', args);
    if (status === 0) {
      // Comments that it adds to keys and hashes stand in braces.
      const records = /^(\S+)\t\d+\tIN\t\S+[\t ]*(.*?)(?: ;\{.*\})?$/gm;
      for (const [, owner, data] of stdout.matchAll(records)) {
        const id = sampleAt(owner ?? '');
        if (id !== null) found.set(id, data ?? '');
      }
      return found;
    }
    const bad = left[Number(/ at line (\d+)/.exec(stderr)?.[1]) - firstLine];
    if (bad === undefined) throw new Error(`ldns-read-zone ended with ${status}: ${stderr}`);
    found.set(bad.id, `${refusal}${stderr.trim()}`);
    left = left.filter(sample => sample !== bad);
  }
  for (const { id } of left) found.set(id, `${refusal}not tried after ${maxRefusals} refusals`);
  return found;
}
