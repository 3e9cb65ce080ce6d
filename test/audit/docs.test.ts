import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditLimits } from '../../src/audit/limits.ts';
import { watchedChecks } from '../../src/audit/watched.ts';
import { hostedChecks } from '../../src/checks/hosted.ts';

test('docs/limits.md lists every limit of audits with its value, and no other', () => {
  const text = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');
  const section = text.split(/^## /m).find(part => part.startsWith('Audits\n')) ?? '';
  const rows = section.matchAll(/^\| `(\w+)` \| (\d+) \|/gm);
  expect(Object.fromEntries([...rows].map(([, name = '', value]) => [name, Number(value)]))).toEqual(
    auditLimits,
  );
});

/** The rows of a section of docs/audit.md. */
function rowsOf(title: string): string {
  const text = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
  const section = text.split(/^## /m).find(part => part.startsWith(`${title}\n`)) ?? '';
  return section
    .split('\n')
    .filter(line => line.startsWith('|'))
    .join('\n');
}

test('docs/audit.md lists every check that an audit tells of, and no other', () => {
  const ids = [...rowsOf('Which checks').matchAll(/\[`([\w-]+)`\]\(checks\/([\w-]+)\.md\)/g)];
  expect(ids.every(([, id, page]) => id === page)).toBe(true);
  expect(new Set(ids.map(([, id]) => id))).toEqual(watchedChecks);
});

test('docs/audit.md has a row of every check of an account', () => {
  const ids = [...rowsOf('What an account shows').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id]) => id);
  expect(new Set(ids)).toEqual(new Set(['delegation-missing', ...hostedChecks]));
});
