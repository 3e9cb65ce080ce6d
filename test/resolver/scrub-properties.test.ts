import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Message, makeQuery, makeResponse } from '../../src/dns/message.ts';
import { isAtOrBelow, isBelow, parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { classify } from '../../src/resolver/classify.ts';
import { scrub } from '../../src/resolver/scrub.ts';

const owners = [
  '.',
  'com',
  'example.com',
  'www.example.com',
  'sub.example.com',
  'ns.sub.example.com',
  'a.b.example.com',
  'evil.net',
  'example.net',
];
const name = fc.constantFrom(...owners).map(parseName);
const data: Readonly<Record<string, string>> = {
  A: '192.0.2.1',
  AAAA: '2001:db8::1',
  SOA: 'a. b. 1 2 3 4 5',
  DS: '1 8 2 0000000000000000000000000000000000000000000000000000000000000000',
  TXT: '"x"',
};
const record = fc
  .record({
    owner: name,
    type: fc.constantFrom('A', 'AAAA', 'NS', 'CNAME', 'DNAME', 'SOA', 'DS', 'TXT'),
    target: name,
  })
  .map(({ owner, type, target }) => recordsOf(rrsetOf(owner, type, 60, data[type] ?? target)));
const section = fc.array(record, { maxLength: 6 }).map(records => records.flat());
const wanted = fc.record({ name, type: fc.constantFrom('A', 'NS', 'DS', 'CNAME', 'SOA', 'ANY') });
const message = fc
  .record({
    wanted,
    rcode: fc.constantFrom('NOERROR', 'NXDOMAIN'),
    authoritative: fc.boolean(),
    recursionAvailable: fc.boolean(),
    answer: section,
    authority: section,
    additional: section,
  })
  .map(({ wanted, rcode, ...rest }): { readonly wanted: typeof wanted; readonly message: Message } => ({
    wanted,
    message: { ...makeResponse(makeQuery(wanted.name, wanted.type), rcode), ...rest },
  }));

const zone = parseName('example.com');

describe('whatever a server of a zone says', () => {
  it('nothing is kept whose owner is outside of the zone, and no delegation but strictly below it', () => {
    fc.assert(
      fc.property(message, ({ wanted, message }) => {
        const { answers, alias, soa, delegation } = scrub(message, wanted, zone);
        for (const rrset of [...answers, ...(alias?.rrsets ?? []), ...(soa === null ? [] : [soa])]) {
          expect(isAtOrBelow(rrset.owner, zone)).toBe(true);
        }
        if (delegation !== null) {
          expect(isBelow(delegation.cut, zone)).toBe(true);
          expect(isAtOrBelow(wanted.name, delegation.cut)).toBe(true);
          expect(delegation.ds === null || delegation.ds.owner === delegation.cut).toBe(true);
          for (const glue of delegation.glue) {
            expect(isAtOrBelow(glue.owner, zone)).toBe(true);
            expect(delegation.ns.data).toContain(glue.owner);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('it has exactly one verdict, and what is not authoritative and offers recursion is lame or a referral', () => {
    fc.assert(
      fc.property(message, ({ wanted, message }) => {
        const exchange = { kind: 'response', message, protocol: 'udp', rttMs: 1, octets: 1 } as const;
        const { kind } = classify(exchange, wanted, zone);
        if (message.recursionAvailable && !message.authoritative) {
          expect(['lame', 'referral']).toContain(kind);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
