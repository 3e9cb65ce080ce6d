import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commonJs } from '../../scripts/common-js.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zonecut-common-js-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Splits a program as the command is, makes CommonJS of it, and gives what `main.js` prints. */
async function printed(sources: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(sources)) writeFileSync(path.join(folder, name), text);
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: ['main.js'],
    outdir: 'out',
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    minifyWhitespace: true,
    minifySyntax: true,
  });
  const files = Object.entries(metafile.outputs).map(([file, { imports }]) => ({
    file: path.join(folder, file),
    text: readFileSync(path.join(folder, file), 'utf8'),
    specifiers: imports.flatMap(({ kind, external, path: of }) =>
      kind !== 'import-statement' ? [] : [external === true ? of : `./${path.basename(of)}`],
    ),
  }));
  for (const [file, text] of await commonJs(files)) writeFileSync(file, text);
  writeFileSync(path.join(folder, 'out', 'package.json'), '{"type":"commonjs"}');
  const { stdout, stderr } = spawnSync(process.execPath, [path.join(folder, 'out', 'main.js')]);
  return `${stdout}${stderr}`;
}

test('every way to import and export goes over', async () => {
  const text = await printed({
    'main.js': `#!/usr/bin/env node
      import path, { sep as between } from 'node:path';
      import * as os from 'node:os';
      import { shared } from './shared.js';
      import('./lazy.js').then(({ default: lazy, named: other }) =>
        console.log(shared, lazy, other(), between === path.sep, typeof os.cpus, 'import{x}from"y" is said'));`,
    'lazy.js': `import { shared } from './shared.js'; export default shared + 1; export function named() { return 'named'; }`,
    'shared.js': `export const shared = 1;`,
  });
  expect(text).toBe('1 2 named true function import{x}from"y" is said\n');
});

test('what is assigned later is looked up with every use', async () => {
  const text = await printed({
    'main.js': `import { count, add } from './shared.js';
      import('./lazy.js').then(({ again }) => { add(); again(); console.log(count); });`,
    'lazy.js': `import { add } from './shared.js'; export const again = () => add();`,
    'shared.js': `export let count = 0; export function add() { count = count + 1; }`,
  });
  expect(text).toBe('2\n');
});

test('a text whose imports are not all found is refused', async () => {
  const odd = { file: '/odd.js', text: 'import  x  from "y"\n', specifiers: ['y'] };
  await expect(commonJs([odd])).rejects.toThrow('/odd.js cannot be made CommonJS');
});
