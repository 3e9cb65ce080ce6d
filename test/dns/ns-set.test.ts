import { expect, test } from 'vitest';
import { makeQuery, makeResponse } from '../../src/dns/message.ts';
import { nameFromOctets, octetsOfName, parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { MessageView } from '../../src/dns/view.ts';
import { NsSet } from '../../src/dns/view-delegation.ts';
import { encodeMessage } from '../../src/dns/wire.ts';

const cut = parseName('a.example');
const view = new MessageView();

function read(set: NsSet, targets: readonly string[]): readonly string[] {
  const query = makeQuery(cut, 'NS', { id: 1 });
  const authority = recordsOf(rrsetOf('a.example', 'NS', 60, ...targets));
  view.read(encodeMessage({ ...makeResponse(query), authority }));
  set.read(view, { start: view.authorityStart, end: view.additionalStart }, octetsOfName(cut));
  return Array.from({ length: set.size }, (_, at) => nameFromOctets(set.octetsAt(at)));
}

test('one set takes the targets of one message after the other, as long ones as may be', () => {
  const set = new NsSet();
  const label = 'x'.repeat(60);
  for (const targets of [
    ['ns1.a.example.', 'ns2.a.example.'],
    ['ns3.a.example.', 'ns4.a.example.'],
    ['n.a.example.', 'nameserver.a.example.', 'ns5.a.example.'],
    ['ns6.a.example.', 'ns7.a.example.'],
    Array.from({ length: 20 }, (_, at) => `${label}.${label}.ns${at}.example.`),
    Array.from({ length: 20 }, (_, at) => `${label}.${label}.nt${at}.example.`),
    ['ns1.a.example.', 'ns2.a.example.'],
  ]) {
    expect(read(set, targets).toSorted()).toEqual(targets.toSorted());
  }
});
