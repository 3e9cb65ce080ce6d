/** `npm run bench [-- NAME...]`: runs the named benchmarks, all of them when none is named. */
import { cpus } from 'node:os';
import { benchAudit } from './audit.ts';
import { benchCheck } from './check.ts';
import { benchCli } from './cli.ts';
import { benchDns } from './dns.ts';
import { benchHosts } from './hosts.ts';
import { benchResolver } from './resolver.ts';

const benchmarks: Readonly<Record<string, (flags: readonly string[]) => Promise<void>>> = {
  audit: benchAudit,
  check: benchCheck,
  cli: benchCli,
  dns: benchDns,
  hosts: benchHosts,
  resolver: benchResolver,
};

const given = process.argv.slice(2);
const names = given.filter(word => !word.startsWith('--'));
const flags = given.filter(word => word.startsWith('--'));
const unknown = names.filter(name => benchmarks[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}\n`,
  );
  process.exit(2);
}
process.stdout.write(
  `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} CPUs (${cpus()[0]?.model.trim() ?? 'unknown'})\n`,
);
for (const name of names.length > 0 ? names : Object.keys(benchmarks)) await benchmarks[name]?.(flags);
