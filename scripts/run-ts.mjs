// Bundles one TypeScript entry in memory and runs it: node scripts/run-ts.mjs ENTRY [ARGUMENT...]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) {
  console.error('usage: node scripts/run-ts.mjs ENTRY [ARGUMENT...]');
  process.exit(2);
}

const bundled = await build({
  entryPoints: [entry],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  write: false,
});

// The bundle lies beside node_modules, so that its packages are found, for as long as it runs.
const folder = await mkdtemp(join(import.meta.dirname, '..', 'node_modules', '.run-ts-'));
try {
  const file = join(folder, 'entry.mjs');
  await writeFile(file, bundled.outputFiles[0].contents);
  process.argv = [process.argv[0], entry, ...rest];
  await import(pathToFileURL(file).href);
} finally {
  await rm(folder, { recursive: true, force: true });
}
