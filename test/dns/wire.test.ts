import { expect, test } from 'vitest';
import { makeQuery, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';

test('a referral decodes to what was encoded', () => {
  const query = makeQuery(parseName('www.dev.example.com'), 'A', { id: 7, spelling: 'wWw.dev.EXAMPLE.com.' });
  const message = {
    ...makeResponse(query),
    authority: recordsOf(
      rrsetOf('dev.example.com.', 'NS', 3600, 'ns1.dev.example.com', 'ns2.dev.example.com'),
    ),
    additional: recordsOf(rrsetOf('ns1.dev.example.com.', 'A', 3600, '192.0.2.1')),
  };
  const octets = encodeMessage(message);
  expect(decodeMessage(octets)).toEqual(message);
  expect(octets.length).toBeLessThan(130);
});
