/** Reads the zone file that is named first, as a program of its own; says in the second what it held and needed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseName } from '../src/dns/name.ts';
import { parseZoneFile } from '../src/dns/zonefile.ts';

const [file = '', report = ''] = process.argv.slice(2);
const collect = globalThis.gc;
const before = held();
const { rrsets, problems } = parseZoneFile(readFileSync(file, 'latin1'), { origin: parseName('com') });
if (problems.length > 0) process.stderr.write(`${JSON.stringify(problems[0])}\n`);
const records = rrsets.reduce((sum, rrset) => sum + rrset.data.length, 0);
if (collect !== undefined) {
  const heldOctets = held() - before;
  const peakOctets = process.resourceUsage().maxRSS * 1024;
  writeFileSync(
    report,
    JSON.stringify({ records, rrsets: rrsets.length, problems: problems.length, heldOctets, peakOctets }),
  );
}

function held(): number {
  collect?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
