import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { drivers } from '../../src/providers/registry.ts';
import { hostMatrix, hostPage, matrixMarks, withMatrix } from '../../src/report/host-docs.ts';

it.each(drivers.map(driver => [driver.id, driver] as const))(
  'docs/providers/%s.md is what `npm run docs` makes of the capabilities',
  (id, driver) => {
    expect(readFileSync(`docs/providers/${id}.md`, 'utf8')).toBe(hostPage(driver));
  },
);

it('no page is left of a driver that is gone', () => {
  // The page of programs that stand for a host is written by hand, that of the suite by what the suite did.
  const pages = [...drivers.map(({ id }) => `${id}.md`), 'exec.md', 'conformance.md'];
  expect(readdirSync('docs/providers').sort()).toEqual(pages.sort());
});

it.each([
  ['docs/hosts.md', 'providers'],
  ['README.md', 'docs/providers'],
])('%s holds the table of hosts as it is', (file, folder) => {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(matrixMarks.begin);
  expect(text).toContain(hostMatrix(drivers, folder));
  expect(withMatrix(text, drivers, folder)).toBe(text);
});
