import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
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

/** For named-compilezone: checks of zones that random records cannot pass, and that say nothing about their data. */
export const quiet: readonly string[] = [
  '-i',
  'none',
  ...['-k', '-m', '-n', '-r', '-M', '-S', '-T', '-W'].flatMap(flag => [flag, 'ignore']),
];

/** What named-compilezone says of records that it takes all the same. */
const warning = /^signature has expired|^old style DNSSEC/;

/** How a run of named-compilezone ended: its file, and the lines that it refused with its reasons. */
interface Compiled {
  readonly file: string;
  readonly refused: ReadonlyMap<number, string>;
}

/** What BIND makes of `samples`, by their numbers: zone files compiled to its raw format, and to text. */
export async function readWithBind(
  folder: string,
  samples: readonly Sample[],
): Promise<ReadonlyMap<number, Reading>> {
  const found = new Map<number, Reading>();
  for (const group of apart('bind', samples)) {
    const raw = await compile(folder, group, 'raw', textOf);
    const text = await compile(folder, group, 'text', genericOf);
    const octets = octetsIn(await readFile(raw.file));
    const texts = textsIn(await readFile(text.file, 'utf8'));
    for (const { id } of group) {
      found.set(id, {
        octets: octets.get(id) ?? `${refusal}${raw.refused.get(id) ?? 'is not in the zone'}`,
        text: texts.get(id) ?? `${refusal}${text.refused.get(id) ?? 'is not in the zone'}`,
      });
    }
  }
  return found;
}

/** What named-rrchecker makes of one record, of a type that need not be one of a zone. */
export function checkWithBind(sample: Sample): Reading {
  const check = (flag: string, record: string): string => {
    const { status, stdout, stderr } = spawnSync('named-rrchecker', [flag], {
      input: `IN ${record}\n`,
      encoding: 'utf8',
    });
    // Class and type stand before the data.
    return status === 0
      ? stdout.trim().replace(/^\S+[ \t]+\S+[ \t]*/, '')
      : `${refusal}${stdout}${stderr}`.trim();
  };
  const octets = check('-u', textOf(sample));
  return { octets: hexOfGeneric(octets) ?? octets, text: check('-p', genericOf(sample)) };
}

/** Compiles a zone of the samples, without those that are refused: all refusals come in one go, and then no zone. */
async function compile(
  folder: string,
  samples: readonly Sample[],
  format: 'raw' | 'text',
  recordOf: (sample: Sample) => string,
): Promise<Compiled> {
  const [from, to] = [path.join(folder, `${format}.in`), path.join(folder, `${format}.out`)];
  const refused = new Map<number, string>();
  for (;;) {
    const left = samples.filter(({ id }) => !refused.has(id));
    await writeFile(from, zoneOf(left, recordOf));
    const form = format === 'raw' ? ['-F', 'raw'] : ['-F', 'text', '-s', 'full'];
    const args = [...quiet, ...form, '-o', to, 'example.', from];
    const { status, stdout, stderr } = await runProgram('named-compilezone', args);
    if (status === 0) return { file: to, refused };
    const found = new Map<number, string>();
    for (const [, line, reason] of `${stdout}${stderr}`.matchAll(/\.in:(\d+): (.*)$/gm)) {
      const sample = left[Number(line) - firstLine];
      if (sample !== undefined && !warning.test(reason ?? '')) found.set(sample.id, reason ?? '');
    }
    for (const [id, reason] of found) refused.set(id, reason);
    if (found.size === 0) throw new Error(`named-compilezone ended with ${status}: ${stdout}${stderr}`);
  }
}

/** The data of a text file of BIND in the full style: a record a line. */
function textsIn(text: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const [, owner, data] of text.matchAll(/^(\S+)[ \t]+\d+[ \t]+IN[ \t]+\S+[ \t]*(.*)$/gm)) {
    const id = sampleAt(owner ?? '');
    if (id !== null) found.set(id, data ?? '');
  }
  return found;
}

/** The data of a raw file of BIND (version 1): a header, then RRsets with their length, owner and records. */
function octetsIn(file: Buffer): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const headerOctets = 24;
  for (let at = headerOctets; at < file.length; at += file.readUInt32BE(at)) {
    // Length, class, type, type covered, TTL, how many records; then each with its length before it.
    const nameLength = file.readUInt16BE(at + 18);
    const owner = labelsIn(file.subarray(at + 20, at + 20 + nameLength));
    const record = at + 20 + nameLength;
    const id = sampleAt(owner);
    if (id !== null) {
      found.set(id, file.subarray(record + 2, record + 2 + file.readUInt16BE(record)).toString('hex'));
    }
  }
  return found;
}

function labelsIn(name: Buffer): string {
  let text = '';
  for (let at = 0; (name[at] ?? 0) > 0; at += (name[at] ?? 0) + 1) {
    text += `${name.subarray(at + 1, at + 1 + (name[at] ?? 0)).toString('latin1')}.`;
  }
  return text;
}
