import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { alternatePrograms, type Program } from './measure.ts';
import { printTable } from './table.ts';

const rounds = 3;
const defaultRecords = 1_000_000;

/** Reading a zone like com, from the start of the program to its end, against ldns-read-zone and named-checkzone. */
export async function benchZoneFile(flags: readonly string[]): Promise<void> {
  const records = Number(flags.find(flag => flag.startsWith('--records='))?.slice(10) ?? defaultRecords);
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-bench-'));
  try {
    const file = path.join(folder, 'com.zone');
    writeZone(file, records);
    const program = path.join(folder, 'read.mjs');
    await build({
      entryPoints: [path.resolve('bench', 'zone-file-program.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outfile: program,
      logLevel: 'warning',
    });
    const report = path.join(folder, 'report.json');
    const own = nodeProgram('parseZoneFile', [program, file, report]);
    const peers = installedPeers(file);
    const [cost, ...others] = await alternatePrograms([own, ...peers], rounds);
    if (cost === undefined) return;
    const said = memoryOf(program, file, report);
    printTable(
      `dns: a zone file like com of ${records.toLocaleString('en-GB')} records (${(statSync(file).size / 1e6).toFixed(1)} MB), a program each, medians of ${rounds}`,
      [
        ...others.map((peer, at) => ({ name: peers[at]?.name ?? '', cost: peer })),
        ...others.map((peer, at) => ({
          name: own.name,
          cost,
          peer: { name: peers[at]?.name ?? '', cost: peer },
          goals: [{ kind: 'faster' as const, atLeast: 1 }],
        })),
      ],
    );
    process.stdout.write(`  ${said}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function nodeProgram(name: string, words: readonly string[]): Program {
  return { name, command: process.execPath, arguments: words };
}

/** The tools that are there, told to check as little as they can. */
function installedPeers(file: string): readonly Program[] {
  const path_ = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  const environment = { ...process.env, PATH: path_ };
  const lenient = '-i none -k ignore -m ignore -M ignore -n ignore -r ignore -S ignore -T ignore -W ignore';
  const peers: readonly Program[] = [
    { name: 'ldns-read-zone', command: 'ldns-read-zone', arguments: [file], environment },
    {
      name: 'named-checkzone',
      command: 'named-checkzone',
      arguments: ['-q', ...lenient.split(' '), 'com', file],
      environment,
    },
  ];
  return peers.filter(peer => {
    const found = spawnSync(peer.command, ['-v'], { env: environment, stdio: 'ignore' }).error === undefined;
    if (!found) process.stdout.write(`\n${peer.name} is not installed: no figure against it\n`);
    return found;
  });
}

/** Runs the program once more with the garbage collector in hand, and gives what it says of memory. */
function memoryOf(program: string, file: string, report: string): string {
  const { status } = spawnSync(process.execPath, ['--expose-gc', program, file, report], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the program that measures memory failed');
  const { records, rrsets, problems, heldOctets, peakOctets } = JSON.parse(readFileSync(report, 'utf8'));
  return `${records} records in ${rrsets} RRsets, ${problems} problems; ${(heldOctets / records).toFixed(0)} octets of memory a record held, ${(peakOctets / records).toFixed(0)} at the peak of the process`;
}

/** Writes a zone with the mix of com: two NS a name, a DS for one in 25, addresses of hosts for one in 60. */
export function writeZone(file: string, records: number): void {
  const out = openSync(file, 'w');
  let lines = [
    'com.\t900\tin\tsoa\ta.gtld-servers.net. nstld.verisign-grs.com. 1752000000 1800 900 604800 900',
    ...[...'abcdefghijklm'].map(letter => `com.\t172800\tin\tns\t${letter}.gtld-servers.net.`),
  ];
  let written = 0;
  for (let at = 0; written + lines.length < records; at += 1) {
    const name = `${word(at)}-${at.toString(36)}.com.`;
    const host = `${word((at * 7919) % 5003)}.net.`;
    lines.push(`${name}\t172800\tin\tns\tns1.${host}`, `${name}\t172800\tin\tns\tns2.${host}`);
    if (at % 25 === 0) lines.push(`${name}\t86400\tin\tds\t${at % 65536} 13 2 ${digest(at)}`);
    if (at % 60 === 0) {
      const octet = at % 250;
      lines.push(
        `ns1.${name}\t172800\tin\ta\t192.0.2.${octet}`,
        `ns2.${name}\t172800\tin\ta\t198.51.100.${octet}`,
      );
    }
    if (lines.length > 20_000) {
      written += lines.length;
      writeSync(out, `${lines.join('\n')}\n`);
      lines = [];
    }
  }
  writeSync(out, `${lines.slice(0, records - written).join('\n')}\n`);
  closeSync(out);
}

const syllables = [
  'ba',
  'co',
  'den',
  'fi',
  'gar',
  'ho',
  'jin',
  'ka',
  'lum',
  'mo',
  'ner',
  'po',
  'qui',
  'ras',
  'to',
];

/** A word of three syllables that `seed` chooses. */
function word(seed: number): string {
  const mixed = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return [mixed, mixed >>> 8, mixed >>> 16].map(part => syllables[part % syllables.length]).join('');
}

function digest(seed: number): string {
  return Array.from({ length: 8 }, (_, at) =>
    (Math.imul(seed + at + 1, 0x85ebca6b) >>> 0).toString(16).padStart(8, '0'),
  ).join('');
}
