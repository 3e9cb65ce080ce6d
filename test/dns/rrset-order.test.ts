import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { octetsOfRdata, parseRdata } from '../../src/dns/rdata.ts';
import { makeRRset } from '../../src/dns/rrset.ts';

const label = fc.constantFrom('a', 'b', 'aa', 'ab', 'a-', 'a0', 'a_', 'aaa', '\\000', '\\255', '*');
const names = fc.array(fc.array(label, { maxLength: 3 }), { minLength: 1, maxLength: 12 });

it('an RRset has each value once, in the order of their octets', () => {
  fc.assert(
    fc.property(names, fc.constantFrom('NS', 'CNAME', 'PTR', 'DNAME'), (list, type) => {
      const data = list.map(labels => parseRdata(type, `${labels.join('.')}.`));
      const expected = [...new Set(data)].sort((a, b) =>
        Buffer.compare(octetsOfRdata(type, a), octetsOfRdata(type, b)),
      );
      expect(makeRRset(parseName('x'), type, 0, data).data).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});
