import { expect, test } from 'vitest';
import { octetsOfRdata, parseRdata, rdataFromOctets } from '../../src/dns/rdata.ts';
import { formats } from '../../src/dns/rdata-types.ts';
import { Dice } from './generate.ts';
import { generatedTypes, randomData } from './generate-rdata.ts';

test('data can be made of every type that has a format', () => {
  // OPT has no text form and stands in messages only.
  expect(generatedTypes).toEqual(expect.arrayContaining([...formats.keys()].filter(type => type !== 'OPT')));
});

test.each(generatedTypes)('random data of %s survives octets, text and octets again', type => {
  const dice = new Dice(1);
  for (let left = 200; left > 0; left -= 1) {
    const { octets, folded } = randomData(dice, type);
    const rdata = rdataFromOctets(type, octets);
    const again = Buffer.from(octetsOfRdata(type, rdata));
    if (!again.equals(folded)) expect(again.toString('hex')).toBe(Buffer.from(folded).toString('hex'));
    if (parseRdata(type, rdata) !== rdata) expect(parseRdata(type, rdata)).toBe(rdata);
  }
});
