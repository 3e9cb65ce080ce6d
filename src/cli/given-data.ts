import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { messageOf, ZonecutError } from '../error.ts';
import { AsnTable } from '../survey/asn-table.ts';
import { addressesIn, type GivenData, namesIn, withGivenData } from '../survey/beside.ts';
import { parseCloudRanges } from '../survey/cloud-ranges.ts';
import type { CutFacts } from '../survey/facts.ts';
import { parseRdap } from '../survey/rdap.ts';
import { registrableOf } from '../survey/registries.ts';

/** Files that somebody gives for a check beside the network. */
export interface GivenFiles {
  readonly rdap?: readonly string[];
  readonly cloudRanges?: readonly string[];
  readonly asnTable?: readonly string[];
}

/** What was given, read as far as it can be before it is known what it is wanted for. */
export interface OpenedFiles {
  readonly data: GivenData;
  readonly asnTables: readonly string[] | null;
}

/** Reads the files, so that what is wrong in them is told before anybody is asked. Throws ZC_USAGE with the option and the file. */
export async function openGivenFiles({ rdap, cloudRanges, asnTable }: GivenFiles): Promise<OpenedFiles> {
  const domains =
    rdap === undefined
      ? null
      : (await Promise.all(rdap.map(filesAt))).flat().map(file => read('--rdap', file, parseRdap));
  const ranges = cloudRanges?.map(file => read('--cloud-ranges', file, parseCloudRanges)) ?? null;
  for (const file of asnTable ?? []) {
    await readable('--asn-table', file);
  }
  return {
    data: {
      ...(domains === null ? {} : { domains: (await Promise.all(domains)).flat() }),
      ...(ranges === null ? {} : { ranges: (await Promise.all(ranges)).flat() }),
    },
    asnTables: asnTable ?? null,
  };
}

/** The facts with what the files say of this cut, and what they do not say: lines and domains that are missing, a sentence each. */
export async function withGivenFiles(
  facts: CutFacts,
  { data, asnTables }: OpenedFiles,
): Promise<{ readonly facts: CutFacts; readonly remarks: readonly string[] }> {
  const table = new AsnTable(addressesIn(facts));
  const odd: string[] = [];
  for (const file of asnTables ?? []) {
    odd.push(...(await readTable(file, table)));
  }
  const remarks = [...odd, ...missingDomains(facts, data)];
  const origins = asnTables === null ? {} : { origins: table.origins };
  return { facts: withGivenData(facts, { ...data, ...origins, remarks }), remarks };
}

function missingDomains(facts: CutFacts, { domains }: GivenData): readonly string[] {
  const given = new Set(domains?.map(({ domain }) => domain));
  const missing = registrableOf(namesIn(facts)).filter(domain => !given.has(domain));
  return domains === undefined || missing.length === 0
    ? []
    : [`--rdap has nothing about ${missing.join(', ')}, where name servers of ${facts.cut} are`];
}

/** A file, or the files of a folder that end in .json. */
async function filesAt(place: string): Promise<readonly string[]> {
  const isFolder = await stat(place).then(
    found => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    return [place];
  }
  const files = (await readdir(place)).filter(file => file.endsWith('.json')).toSorted();
  if (files.length === 0) {
    throw new ZonecutError('ZC_USAGE', `--rdap ${place} is a folder without a file that ends in .json`, {
      hint: 'Put one RDAP answer into each file, such as example.net.json.',
    });
  }
  return files.map(file => path.join(place, file));
}

async function read<T>(option: string, file: string, parse: (text: string) => T): Promise<T> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => unreadable(option, file, cause));
  try {
    return parse(text);
  } catch (cause) {
    throw cause instanceof ZonecutError
      ? new ZonecutError('ZC_USAGE', `${option} ${file}: ${cause.message}`, {
          ...(cause.hint === null ? {} : { hint: cause.hint }),
          cause,
        })
      : cause;
  }
}

async function readable(option: string, file: string): Promise<void> {
  const handle = await open(file, 'r').catch((cause: unknown) => unreadable(option, file, cause));
  await handle.close();
}

function unreadable(option: string, file: string, cause: unknown): never {
  throw new ZonecutError('ZC_USAGE', `${option} ${file} cannot be read: ${messageOf(cause)}`, { cause });
}

/** Feeds a table line by line, unpacked where it begins as gzip does (RFC 1952 section 2.3.1). */
async function readTable(file: string, table: AsnTable): Promise<readonly string[]> {
  table.begin();
  try {
    const octets = createReadStream(file);
    const lines = (await isGzip(file)) ? octets.pipe(createGunzip()) : octets;
    octets.on('error', error => lines.destroy(error));
    for await (const line of createInterface({ input: lines, crlfDelay: Number.POSITIVE_INFINITY })) {
      table.line(line);
    }
  } catch (cause) {
    unreadable('--asn-table', file, cause);
  }
  const { lines, odd, firstOdd } = table.counts;
  if (odd === lines) {
    throw new ZonecutError('ZC_USAGE', `--asn-table ${file} has no line with a prefix and its AS number`, {
      hint: 'Lines are "PREFIX ASN" (pyasn), "ADDRESS LENGTH ASN" (pfx2as) or "FIRST LAST ASN ..." (iptoasn.com).',
    });
  }
  return odd === 0
    ? []
    : [
        `--asn-table ${file}: ${odd} of ${lines} lines have no prefix and AS number and are left out, line ${firstOdd} first`,
      ];
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}
