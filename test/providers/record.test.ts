import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readRecord, recordFolder } from './record-file.ts';
import { conformancePage, testedDrivers } from './record-table.ts';

it.each(testedDrivers)('the suite is run over %s, and leaves nothing out without a reason', driver => {
  const record = readRecord(driver);
  const others = testedDrivers.flatMap(id => Object.keys(readRecord(id)?.cases ?? {}));
  const left = others.filter(title => record?.cases[title] === undefined);
  // Faults are all that a driver may lack, where it says why.
  expect(record?.withoutFaults ?? left).toEqual(record?.withoutFaults ?? []);
  for (const found of Object.values(record?.cases ?? {})) {
    expect(found).toMatch(/^(passed|(partly|absent): \S+ .*\S)$/);
  }
});

it('no record is left of a driver that is gone', () => {
  expect(readdirSync(recordFolder).sort()).toEqual(testedDrivers.map(id => `${id}.json`).sort());
});

it('docs/providers/conformance.md is what `npm run docs` makes of the records', () => {
  expect(readFileSync('docs/providers/conformance.md', 'utf8')).toBe(conformancePage());
});
