// Writes what of the documentation is made of the drivers' capabilities, and of the records of the suite that is run over them:
// npm run docs. With `-- conformance` the suite is run first, and its records are written anew. Tests compare.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drivers } from '../src/providers/registry.ts';
import { hostPage, withMatrix } from '../src/report/host-docs.ts';
import { conformancePage } from '../test/providers/record-table.ts';

if (process.argv.includes('conformance')) {
  const { status } = spawnSync('npx', ['vitest', 'run', 'test/providers', '--exclude', '**/record.test.ts'], {
    env: { ...process.env, ZONECUT_REWRITE: '1' },
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

mkdirSync('docs/providers', { recursive: true });
for (const driver of drivers) {
  writeFileSync(`docs/providers/${driver.id}.md`, hostPage(driver));
}
writeFileSync('docs/providers/conformance.md', conformancePage());
for (const [file, folder] of [
  ['docs/hosts.md', 'providers'],
  ['README.md', 'docs/providers'],
] as const) {
  writeFileSync(file, withMatrix(readFileSync(file, 'utf8'), drivers, folder));
}
