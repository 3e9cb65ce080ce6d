// Bundles the command: few files, the most of it loaded when needed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { commonJs } from './common-js.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  logLevel: 'warning',
};

/**
 * Packages that are mostly tables, with what is used of them: IDNA, which only names outside ASCII need, and the public suffixes, which
 * only odd delegations need. To load one of them takes as long as all else of a command.
 */
const tables = { tr46: ['toASCII', 'toUnicode'], tldts: ['getDomain', 'parse'] };

/** Loads the tables with the first call. */
const lazyTables = {
  name: 'lazy-tables',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /^(tr46|tldts)$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'lazy',
    }));
    pluginBuild.onResolve({ filter: /\.cjs$/, namespace: 'lazy' }, ({ path: file }) => ({
      path: file,
      external: true,
    }));
    pluginBuild.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path: name }) => ({
      contents: [
        'let loaded;',
        `const load = () => (loaded ??= require('./${name}.cjs'));`,
        ...tables[name].map(used => `export const ${used} = (...given) => load().${used}(...given);`),
      ].join('\n'),
    }));
  },
};

/** What nearly every command runs. It makes one file: each file costs the loader of Node about as much as 10 kB of code. */
const core = ['src/cli/context.ts', 'src/survey/cut-survey.ts', 'src/survey/survey.ts'];

/** What is loaded before the core, and cares for how that is. */
const before = 'src/cli/compiled.ts';

/**
 * Lets all that is loaded when needed need `core` as well. esbuild puts into one file what the same entries lead to, and would cut
 * the core into as many pieces as there are sets of commands that use a piece.
 */
const wholeCore = {
  name: 'whole-core',
  setup(pluginBuild) {
    const lazy = new Set(lazyModules(path.join(root, 'src')));
    lazy.delete(path.join(root, before));
    pluginBuild.onResolve({ filter: /^zonecut:core$/ }, () => ({ path: 'core', namespace: 'core' }));
    pluginBuild.onLoad({ filter: /.*/, namespace: 'core' }, () => ({
      contents: core.map(file => `import ${JSON.stringify(path.join(root, file))};`).join(''),
      resolveDir: root,
    }));
    pluginBuild.onLoad({ filter: /\.ts$/ }, ({ path: file }) =>
      lazy.has(file)
        ? { contents: `import 'zonecut:core';${readFileSync(file, 'utf8')}`, loader: 'ts' }
        : undefined,
    );
  },
};

/** The modules below `folder` that others there load by a dynamic import. */
function lazyModules(folder) {
  const files = readdirSync(folder, { recursive: true }).filter(file => file.endsWith('.ts'));
  return files.flatMap(file => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const specifiers = [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, specifier]) => specifier);
    return specifiers.map(specifier => path.resolve(folder, path.dirname(file), specifier));
  });
}

/** Writes the command to `folder`: zonecut.js, and what it loads. */
export async function bundleCommand(folder) {
  const { metafile } = await build({
    ...common,
    metafile: true,
    entryPoints: { zonecut: 'src/cli/main.ts' },
    outdir: folder,
    splitting: true,
    format: 'esm',
    chunkNames: 'chunks/[name]-[hash]',
    define: { 'import.meta.url': 'zonecutUrl', 'import.meta.dirname': '__dirname' },
    plugins: [lazyTables, wholeCore],
  });
  await build({
    ...common,
    entryPoints: Object.keys(tables),
    outdir: path.join(folder, 'chunks'),
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
  });
  const modules = Object.entries(metafile.outputs)
    .filter(([file]) => file.endsWith('.js'))
    .map(([file, { imports }]) => ({
      file: path.join(root, file),
      text: readFileSync(path.join(root, file), 'utf8'),
      specifiers: imports
        .filter(({ kind }) => kind === 'import-statement')
        .map(({ path: of, external }) => (external ? of : relative(path.dirname(file), of))),
    }));
  for (const [file, text] of await commonJs(modules)) writeFileSync(file, withUrl(text));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"commonjs"}\n');
}

function relative(folder, file) {
  const way = path.relative(folder, file);
  return way.startsWith('.') ? way : `./${way}`;
}

/** Gives the few files that ask for their own URL one. */
function withUrl(text) {
  const url = 'const zonecutUrl=require("node:url").pathToFileURL(__filename).href;';
  return text.includes('zonecutUrl') ? text.replace('"use strict";', `"use strict";${url}`) : text;
}
