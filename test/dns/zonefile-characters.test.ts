import { expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { parseZoneFile, printRRset } from '../../src/dns/zonefile.ts';

test.each(['ä', '€', '\u{1f600}', 'ä'.repeat(40)])(
  'plain lines behind a comment with %s are read as they stand',
  characters => {
    const lines = Array.from({ length: 20 }, (_, at) => `n${at} 60 IN A 192.0.2.${at}\n`);
    const text = `; ${characters}\n${lines.slice(0, 10).join('')}; ${characters} ${characters}\n${lines.slice(10).join('')}`;
    const { rrsets, problems } = parseZoneFile(text, { origin: parseName('example.') });
    expect(problems).toEqual([]);
    expect(rrsets.map(printRRset)).toEqual(lines.map((_, at) => `n${at}.example. 60 IN A 192.0.2.${at}\n`));
  },
);
