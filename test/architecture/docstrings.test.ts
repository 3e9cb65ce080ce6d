import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** A declaration at the top level of a file, up to the next one. */
interface Declaration {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly kind: string;
  readonly exported: boolean;
  /** What stands right above it; null when that is no docstring. */
  readonly docstring: string | null;
  readonly text: string;
}

const beginning =
  /^(export )?(?:declare |abstract |async )*(function|const|let|class|interface|type)\*? (?:unique symbol )?(\w+)/;

function declarationsOf(file: string): readonly Declaration[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const starts = lines.flatMap((line, at) => (beginning.test(line) ? [at] : []));
  return starts.map((start, index) => {
    const [, exported, kind = '', name = ''] = beginning.exec(lines[start] ?? '') ?? [];
    const text = lines.slice(start, starts[index + 1] ?? lines.length).join('\n');
    const docstring = docstringAbove(lines, start);
    return { file, line: start + 1, name, kind, exported: exported !== undefined, docstring, text };
  });
}

function docstringAbove(lines: readonly string[], at: number): string | null {
  if (lines[at - 1]?.endsWith('*/') !== true) return null;
  let start = at - 1;
  while (start > 0 && !/^\s*\/\*/.test(lines[start] ?? '')) start -= 1;
  const text = lines.slice(start, at).join('\n');
  return text.startsWith('/**') ? text : null;
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map(file => declarationsOf(join('src', file)));

function titleOf({ file, line, name }: Declaration): string {
  return `${file}:${line} ${name}`;
}

test('every export has a docstring', () => {
  const missing = sources.flat().filter(({ exported, docstring }) => exported && docstring === null);
  expect(missing.map(titleOf)).toEqual([]);
});

test('a docstring begins with a sentence', () => {
  const wrong = sources
    .flat()
    .filter(
      ({ exported, docstring }) =>
        exported && docstring !== null && !/^\/\*\*[\s*]+[A-Z0-9`"]/.test(docstring),
    );
  expect(wrong.map(titleOf)).toEqual([]);
});

/** Whether calling it can throw: what makes a field or an error only holds what throws later. */
function mayThrow({ text, kind }: Declaration): boolean {
  const head = text.slice(0, text.indexOf(' {\n'));
  return kind === 'class' || (kind === 'function' && !/\): (?:Field|ZonecutError)$/.test(head));
}

/** The codes that `declaration` can throw by itself or by what its file does not export. */
function codesOf(declaration: Declaration, neighbours: readonly Declaration[]): ReadonlySet<string> {
  const codes = new Set<string>();
  const seen = new Set<Declaration>();
  const queue = [declaration];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const text = next.text.replace(
      /\/\*[\s\S]*?\*\/|\/\/.*|isZonecutError\([^)]*\)|error\.code [!=]== 'ZC_\w+'/g,
      '',
    );
    for (const [, code = ''] of text.matchAll(/'(ZC_\w+)'/g)) codes.add(code);
    queue.push(
      ...neighbours.filter(
        other =>
          !(other.exported && other.kind === 'function') && new RegExp(`\\b${other.name}\\b`).test(text),
      ),
    );
  }
  return codes;
}

test('an export of zonecut/dns that throws names its codes', () => {
  const silent = sources.flatMap(declarations =>
    declarations
      .filter(declaration => declaration.exported && declaration.file.startsWith(join('src', 'dns')))
      .filter(mayThrow)
      .flatMap(declaration => {
        const said = saidOf(declaration);
        const unsaid = [...codesOf(declaration, declarations)].filter(
          code => code !== 'ZC_INTERNAL' && !said.includes(code) && !/never throws/i.test(said),
        );
        return unsaid.length === 0 ? [] : [`${titleOf(declaration)}: ${unsaid.join(', ')}`];
      }),
  );
  expect(silent).toEqual([]);
});

/** The docstring, and for a class those of its members. */
function saidOf({ kind, docstring, text }: Declaration): string {
  const members = kind === 'class' ? (text.match(/\/\*\*[\s\S]*?\*\//g) ?? []) : [];
  return [docstring ?? '', ...members].join('\n');
}
