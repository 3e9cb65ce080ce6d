import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Running, startProgram } from './programs.ts';

/** What one NSD serves. */
export interface NsdServer {
  /** Names its files in the folder. */
  readonly name: string;
  /** Each of 127/8. */
  readonly addresses: readonly string[];
  /** 53 unless given. */
  readonly port?: number;
  readonly zones: readonly {
    readonly apex: string;
    readonly file: string;
    /** More lines of its section `zone`. */
    readonly more?: readonly string[];
  }[];
  /** More lines of its section `server`. */
  readonly more?: readonly string[];
  /** What goes before the program: a command line that runs it in some way. */
  readonly pin?: readonly string[];
}

/** Starts one process of NSD, without limits on answers, whose files are in `folder`; relative zone files are looked for there. */
export async function startNsd(folder: string, server: NsdServer): Promise<Running> {
  const { name, addresses, port = 53, zones, more = [], pin = [] } = server;
  const file = path.join(folder, `nsd-${name}.conf`);
  const lines = [
    'server:',
    ...addresses.map(address => `  ip-address: ${address}`),
    `  port: ${port}`,
    '  server-count: 1',
    '  username: ""\n  chroot: ""\n  database: ""\n  logfile: ""\n  pidfile: ""',
    '  rrl-ratelimit: 0',
    `  zonesdir: "${folder}"`,
    `  zonelistfile: "${folder}/${name}.list"`,
    `  xfrdfile: "${folder}/${name}.state"`,
    `  xfrdir: "${folder}"`,
    ...more.map(line => `  ${line}`),
    'remote-control:\n  control-enable: no',
    ...zones.flatMap(zone => [
      `zone:\n  name: "${zone.apex}"\n  zonefile: "${zone.file}"`,
      ...(zone.more ?? []).map(line => `  ${line}`),
    ]),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const [program = 'nsd', ...rest] = [...pin, 'nsd', '-d', '-c', file];
  return await startProgram(program, rest, output => output.includes('nsd started'), {
    withOffspring: true,
  });
}
