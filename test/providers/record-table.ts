import { drivers } from '../../src/providers/registry.ts';
import { type DriverRecord, readRecord } from './record-file.ts';

const head = `# What the suite did over each driver

One suite holds all drivers to the contract in \`src/providers/provider.ts\`: against an emulator of the vendor's API that is as strict
as the service and can be made to fail, or against files and a program. This is what it did, case by case: it is written by
\`npm run docs -- conformance\`, and a test compares it with every run.

✓ passed; ✓ with a number: passed, as far as it applies; – with a number: does not apply. The numbers stand below.

`;

/** Drivers that have no entry in the registry: programs that stand for a host. */
const bridges = ['exec'];

/** The ids of all drivers that the suite is run over, in the order of the registry. */
export const testedDrivers: readonly string[] = [...drivers.map(({ id }) => id), ...bridges];

/** `docs/providers/conformance.md`, made of the records of the drivers. */
export function conformancePage(): string {
  const records = testedDrivers.flatMap(id => readRecord(id) ?? []);
  const titles = [...new Set(records.flatMap(record => Object.keys(record.cases)))];
  const notes: string[] = [];
  const noted = (why: string): number => {
    if (!notes.includes(why)) notes.push(why);
    return notes.indexOf(why) + 1;
  };
  const rows = titles.map(title => [title, ...records.map(record => cellOf(record, title, noted))]);
  const table = [['case', ...records.map(({ driver }) => `[${driver}](${driver}.md)`)], ...rows];
  const [first = [], ...others] = table.map(cells => `| ${cells.join(' | ')} |`);
  const rule = `|---|${records.map(() => ':---:|').join('')}`;
  const list = notes.map((why, index) => `${index + 1}. ${why}`);
  return `${head}${[first, rule, ...others].join('\n')}\n\n${list.join('\n')}\n`;
}

function cellOf(record: DriverRecord, title: string, noted: (why: string) => number): string {
  const found = record.cases[title];
  if (found === 'passed') return '✓';
  if (found === undefined) return `– ${noted(record.withoutFaults ?? 'not tried')}`;
  const [kind, why = ''] = found.split(/: (.*)/s);
  return `${kind === 'partly' ? '✓' : '–'} ${noted(why)}`;
}
