import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/resolver/limits.ts';

describe('docs/limits.md', () => {
  it('lists every limit with its value, and no other', () => {
    const text = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');
    const resolver = text.split(/^## /m).find(section => section.startsWith('Resolver\n')) ?? '';
    const listed = [...resolver.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]);
    expect(Object.fromEntries(listed)).toEqual(defaultLimits);
  });
});
