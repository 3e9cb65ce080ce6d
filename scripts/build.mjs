// Builds dist/: the command as one bundle with lazy chunks, and the library with its types.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');

rmSync(path.join(root, 'dist'), { recursive: true, force: true });
const chunks = path.join(root, 'dist', 'chunks');
// Some dependencies are CommonJS, and call `require` for the modules of Node.
const requireBanner =
  "import { createRequire as zonecutRequire } from 'node:module';const require = zonecutRequire(import.meta.url);";
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

/** The tables of tr46 take longer to load than all else of a command, and only names outside ASCII need them. */
const lazyTr46 = {
  name: 'lazy-tr46',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /^tr46$/ }, () => ({ path: 'tr46', namespace: 'lazy' }));
    pluginBuild.onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
      contents: `
        import { createRequire } from 'node:module';
        let loaded;
        const tr46 = () => (loaded ??= createRequire(import.meta.url)('./tr46.cjs'));
        export const toASCII = (...given) => tr46().toASCII(...given);
        export const toUnicode = (...given) => tr46().toUnicode(...given);
      `,
    }));
  },
};

await build({
  ...common,
  entryPoints: { zonecut: 'src/cli/main.ts' },
  outdir: 'dist',
  splitting: true,
  format: 'esm',
  chunkNames: 'chunks/[name]-[hash]',
  banner: { js: requireBanner },
  plugins: [lazyTr46],
});
await build({
  ...common,
  entryPoints: { tr46: 'tr46' },
  outdir: chunks,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
});
// To make a `require` costs every chunk some tenths of a millisecond, and few call it.
for (const name of readdirSync(chunks).filter(file => file.endsWith('.js'))) {
  const file = path.join(chunks, name);
  const text = readFileSync(file, 'utf8');
  const rest = text.replace(requireBanner, '');
  if (!/\brequire\b/.test(rest)) writeFileSync(file, rest);
}
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.lib.json'], { cwd: root, stdio: 'inherit' });
