import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as dns from '../../src/dns/index.ts';
import { attemptOf } from '../attempt.ts';
import { type Example, examplesOf } from './docs-examples.ts';

const pages = ['docs/dns.md', 'README.md'];
const sources = { 'zonecut/dns': resolve('src/dns/index.ts'), zonecut: resolve('src/index.ts') };
const examples = pages.flatMap(page => examplesOf(page).map(example => ({ page, ...example })));

/** Examples that go out to the network are not run. */
function isOffline({ source }: Example): boolean {
  return !source.includes('nodeWorld');
}

// Beside node_modules, so that packages are found.
const folder = mkdtempSync(resolve('node_modules', '.docs-'));

function sourceFile(at: number): string {
  return join(folder, `example-${at}.ts`);
}

beforeAll(async () => {
  for (const [at, { source }] of examples.entries()) writeFileSync(sourceFile(at), `${source}\nexport {};\n`);
  const offline = examples.flatMap((example, at) => (isOffline(example) ? [{ example, at }] : []));
  const programs = offline.map(({ example, at }) => {
    const file = join(folder, `program-${at}.ts`);
    writeFileSync(file, `const { shows, refuses } = globalThis.promises;\n${example.program}\nexport {};\n`);
    return file;
  });
  await build({
    entryPoints: programs,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    alias: sources,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an example in the docs', () => {
  test.for(examples.map((example, at) => [`${example.page}: ${example.title}`, example, at] as const))(
    '%s',
    async ([, example, at], context) => {
      if (!isOffline(example)) return;
      expect(example.promises).toBeGreaterThan(0);
      let kept = 0;
      const shows = (value: unknown, wanted: unknown): void => {
        expect(value).toEqual(wanted);
        kept += 1;
      };
      const refuses = (run: () => unknown, code: string): void => {
        expect(run).toThrow(expect.objectContaining({ code }));
        kept += 1;
      };
      Object.assign(globalThis, { promises: { shows, refuses } });
      // A module runs once for each of its addresses.
      const { href } = pathToFileURL(join(folder, `program-${at}.mjs`));
      await import(/* @vite-ignore */ `${href}?attempt=${attemptOf(context)}`);
      expect(kept).toBeGreaterThanOrEqual(example.promises);
    },
  );

  test('compiles, each of them', () => {
    const config = {
      extends: resolve('tsconfig.json'),
      compilerOptions: {
        paths: { 'zonecut/dns': [sources['zonecut/dns']], zonecut: [sources.zonecut] },
        noUnusedLocals: false,
        isolatedDeclarations: false,
        declaration: false,
        typeRoots: [resolve('node_modules/@types')],
      },
      files: [...examples.map((_, at) => sourceFile(at)), resolve('src/dns/tr46.d.ts')],
      include: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const words = [resolve('node_modules/typescript/bin/tsc'), '-p', folder];
    const { stdout, error } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect(error).toBeUndefined();
    const faults = [...stdout.matchAll(/example-(\d+)\.ts(.*)/g)].map(
      ([, at, fault]) => `${examples[Number(at)]?.title}${fault}`,
    );
    expect(faults).toEqual([]);
  });
});

test('docs/limits.md lists every limit of zonecut/dns with its value, and no other', () => {
  const section = readFileSync('docs/limits.md', 'utf8').split(/^## /m);
  const text = section.find(part => part.startsWith('zonecut/dns\n')) ?? '';
  const rows = text.matchAll(/^\| `(\w+)` \| (\d+) \|/gm);
  const listed = Object.fromEntries([...rows].map(([, name = '', value]) => [name, Number(value)]));
  const limits = Object.entries(dns).filter(
    ([name, value]) => typeof value === 'number' && /^(max|defaultMax)/.test(name),
  );
  expect(listed).toEqual(Object.fromEntries(limits));
});
