import { isMetaType } from '../../src/dns/iana.ts';
import { genericText, octetsOfRdata } from '../../src/dns/rdata.ts';
import { makeRRset, type ResourceRecord } from '../../src/dns/rrset.ts';
import { quotedString } from '../../src/dns/text.ts';
import { printRRset } from '../../src/dns/zonefile.ts';
import { type Dice, randomString } from './generate.ts';
import { randomRecord } from './generate-message.ts';
import { generatedTypes } from './generate-rdata.ts';

/** Types that a zone may hold. */
export const zoneTypes: readonly string[] = generatedTypes.filter(type => !isMetaType(type));

/** One record as one of the many ways to write it (RFC 1035 section 5.1). */
function entryOf(dice: Dice, record: ResourceRecord): string {
  const { owner, type, ttl } = record;
  const data = dice.oneIn(8) ? genericText(octetsOfRdata(type, record.data)) : record.data;
  const head = dice.pick([`${ttl} IN`, `IN ${ttl}`, 'IN', `${ttl}`, '', 'CLASS1', '1w2d3h4m5s', '0']);
  const gap = dice.pick([' ', '\t', '  ', ' \t ']);
  const start = dice.oneIn(6) ? '' : owner;
  const body = dice.oneIn(5) ? `( ${data} ; note "(\n )` : data;
  const note = dice.oneIn(6) ? ' ; \\"a" comment)' : '';
  return `${start}${gap}${head}${gap}${type}${gap}${body}${note}${dice.oneIn(10) ? '\r\n' : '\n'}`;
}

function directive(dice: Dice): string {
  const text = quotedString(randomString(dice, 20));
  return dice.pick([
    '$ORIGIN sub.example.\n',
    '$ORIGIN rel\n',
    '$TTL 1h30m\n',
    '$TTL 300 ; five minutes\n',
    `$INCLUDE ${text}\n`,
    '$INCLUDE file.db @\n',
    '$GENERATE 1-9/2 h$ A 192.0.2.$\n',
    `$GENERATE 0-20 $${'{0,3,d}'}.$${'{-1,2,x}'} PTR h$${'{16,4,X}'}.example.\n`,
    `$GENERATE 1-3 t\\$$ 300 IN TXT ${text}\n`,
    '@ 3600 IN SOA ns1 host ( 1 ; serial\n 2h 1h 2w 300 )\n',
    '@ NS ns1\n  NS ns2.example.net.\n',
    '\n;; only a comment\n   \n',
  ]);
}

/** The text of a zone file: records of every type in every way to write them, directives, comments; `most` entries. */
export function randomZoneText(dice: Dice, most = 12): string {
  let text = dice.oneIn(3) ? '' : '$TTL 3600\n';
  for (let left = dice.between(1, most); left > 0; left -= 1) {
    text += dice.oneIn(5) ? directive(dice) : entryOf(dice, randomRecord(dice, dice.pick(zoneTypes)));
  }
  return text;
}

/** The canonical line of one record. */
export function lineOf(record: ResourceRecord): string {
  return printRRset(makeRRset(record.owner, record.type, record.ttl, [record.data]));
}
