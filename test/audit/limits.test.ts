import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditLimits } from '../../src/audit/limits.ts';

test('docs/limits.md lists every limit of audits with its value, and no other', () => {
  const text = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');
  const section = text.split(/^## /m).find(part => part.startsWith('Audits\n')) ?? '';
  const rows = section.matchAll(/^\| `(\w+)` \| (\d+) \|/gm);
  expect(Object.fromEntries([...rows].map(([, name = '', value]) => [name, Number(value)]))).toEqual(
    auditLimits,
  );
});
