// Writes what of the documentation is made of the drivers' capabilities: npm run docs. A test compares.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drivers } from '../src/providers/registry.ts';
import { hostPage, withMatrix } from '../src/report/host-docs.ts';

mkdirSync('docs/providers', { recursive: true });
for (const driver of drivers) {
  writeFileSync(`docs/providers/${driver.id}.md`, hostPage(driver));
}
for (const [file, folder] of [
  ['docs/hosts.md', 'providers'],
  ['README.md', 'docs/providers'],
] as const) {
  writeFileSync(file, withMatrix(readFileSync(file, 'utf8'), drivers, folder));
}
