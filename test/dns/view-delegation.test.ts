import { expect, test } from 'vitest';
import { makeQuery, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { type ResourceRecord, recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { MessageView } from '../../src/dns/view.ts';
import { delegationIn, maxDelegationServers } from '../../src/dns/view-delegation.ts';
import { encodeMessage } from '../../src/dns/wire.ts';
import { isZonecutError } from '../../src/error.ts';

function viewOf(
  authority: readonly ResourceRecord[],
  additional: readonly ResourceRecord[] = [],
): MessageView {
  const response = makeResponse(makeQuery(parseName('www.dev.example.'), 'A', { udpSize: null }));
  const view = new MessageView();
  view.read(encodeMessage({ ...response, authority, additional }));
  return view;
}

function servers(count: number): readonly ResourceRecord[] {
  const names = Array.from({ length: count }, (_, at) => `ns${at}.example.`);
  return recordsOf(rrsetOf('dev.example.', 'NS', 60, ...names));
}

test('a referral to as many servers as a delegation can have is one, to more is refused', () => {
  expect(delegationIn(viewOf(servers(maxDelegationServers)))?.ns.data.length).toBe(maxDelegationServers);
  expect(() => delegationIn(viewOf(servers(maxDelegationServers + 1)))).toThrow(
    'a referral to more than 100 name servers',
  );
});

test('glue is found in one pass, with the lowest TTL of each set', () => {
  const additional = [
    ...recordsOf(rrsetOf('ns1.example.', 'AAAA', 50, '2001:db8::1')),
    ...recordsOf(rrsetOf('ns0.example.', 'A', 70, '192.0.2.2')),
    ...recordsOf(rrsetOf('ns0.example.', 'A', 30, '192.0.2.1')),
    ...recordsOf(rrsetOf('other.example.', 'A', 30, '192.0.2.9')),
  ];
  expect(delegationIn(viewOf(servers(2), additional))?.glue).toEqual([
    rrsetOf('ns0.example.', 'A', 30, '192.0.2.1', '192.0.2.2'),
    rrsetOf('ns1.example.', 'AAAA', 50, '2001:db8::1'),
  ]);
});

test('DS data that is wrong is an error of the message', () => {
  const [ds] = recordsOf(rrsetOf('dev.example.', 'DS', 60, `1 13 2 ${'00'.repeat(32)}`));
  const view = viewOf([...servers(1), ...(ds === undefined ? [] : [ds])]);
  const octets = view.octets.slice();
  // The digest type is the 33rd octet from the end: of type 1 it would have 20 octets.
  octets[octets.length - 33] = 1;
  view.read(octets);
  let thrown: unknown = null;
  try {
    delegationIn(view);
  } catch (error) {
    thrown = error;
  }
  expect(isZonecutError(thrown, 'ZC_WIRE')).toBe(true);
});
