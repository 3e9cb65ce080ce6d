import { describe, expect, test } from 'vitest';
import { respond } from '../../src/authority/authority.ts';
import { makeZoneSet, zoneFor } from '../../src/authority/zone-set.ts';
import { type Message, makeQuery, type QueryOptions } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import type { ResourceRecord } from '../../src/dns/rrset.ts';
import { makeZone } from '../../src/dns/zone.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';

function zone(apex: string, text: string) {
  const { rrsets, problems } = parseZoneFile(text, { origin: parseName(apex) });
  expect(problems).toEqual([]);
  return makeZone(parseName(apex), rrsets);
}

const com = zone(
  'com',
  `
@ 900 SOA ns.nic.com. host.nic.com. 1 2 3 4 300
@ 900 NS ns.nic.com.
ns.nic 900 A 192.0.2.1
; a cut with in-domain glue, DS and a server elsewhere
child 600 NS ns1.child
child 600 NS ns.elsewhere.net.
child 600 DS 1 13 2 0102030405060708091011121314151617181920212223242526272829303132
ns1.child 600 A 192.0.2.2
ns1.child 600 AAAA 2001:db8::2
; a cut without DS whose child this server holds too
own 600 NS ns.nic
`,
);

const own = zone(
  'own.com',
  `
@ 700 SOA ns.nic.com. host.nic.com. 1 2 3 4 9999
@ 700 NS ns.nic.com.
@ 700 MX 10 mail
mail 700 A 192.0.2.25
www 700 CNAME mail
abroad 700 CNAME x.abroad.net.
across 700 CNAME other.com.
dangling 700 CNAME nothing
tochild 700 CNAME x.child.com.
loop1 700 CNAME loop2
loop2 700 CNAME loop1
a.b.ent 700 TXT "deep"
*.wild 700 TXT "wild"
*.wildalias 700 CNAME mail
sub.wild 700 A 192.0.2.30
tree 700 DNAME leaf
x.leaf 700 A 192.0.2.40
big 700 A 192.0.2.50
big 700 TXT "text"
`,
);

const zones = makeZoneSet([com, own]);

function ask(name: string, type: string, options: QueryOptions = {}): Message {
  return respond(zones, makeQuery(parseName(name), type, options));
}

/** Records as `owner ttl type data`. */
function lines(records: readonly ResourceRecord[]): string[] {
  return records.map(({ owner, ttl, type, data }) => `${owner} ${ttl} ${type} ${data}`);
}

function shown(message: Message) {
  const { rcode, authoritative, answer, authority, additional } = message;
  return {
    rcode,
    aa: authoritative,
    answer: lines(answer),
    authority: lines(authority),
    additional: lines(additional),
  };
}

const soaLine = 'own.com. 700 SOA ns.nic.com. host.nic.com. 1 2 3 4 9999';
const comSoaLine = 'com. 300 SOA ns.nic.com. host.nic.com. 1 2 3 4 300';
const referral = {
  rcode: 'NOERROR',
  aa: false,
  answer: [],
  authority: ['child.com. 600 NS ns.elsewhere.net.', 'child.com. 600 NS ns1.child.com.'],
  additional: ['ns1.child.com. 600 A 192.0.2.2', 'ns1.child.com. 600 AAAA 2001:db8::2'],
};

function sorted<T extends { authority: string[] }>(value: T): T {
  return { ...value, authority: [...value.authority].sort() };
}

describe('referral', () => {
  test.each(['child.com', 'www.child.com', 'ns1.child.com', 'a.b.c.child.com'])(
    '%s is referred, with glue',
    name => {
      expect(sorted(shown(ask(name, 'A')))).toEqual(referral);
    },
  );
  test('NS at the cut is a referral, not an answer', () => {
    expect(sorted(shown(ask('child.com', 'NS')))).toEqual(referral);
  });
  test('DS comes with it when the client sets DO', () => {
    const signed = ask('www.child.com', 'A', { dnssecOk: true });
    expect(signed.authority.map(record => record.type).sort()).toEqual(['DS', 'NS', 'NS']);
  });
  test('the DS RRset of a cut is answered with authority by the parent', () => {
    const answer = ask('child.com', 'DS');
    expect(answer).toMatchObject({ authoritative: true, rcode: 'NOERROR' });
    expect(answer.answer.map(record => record.type)).toEqual(['DS']);
  });
  test('DS below the cut is referred', () => {
    expect(sorted(shown(ask('x.child.com', 'DS')))).toEqual(referral);
  });
});

describe('a server of parent and child', () => {
  test('answers from the child', () => {
    expect(shown(ask('mail.own.com', 'A'))).toMatchObject({
      aa: true,
      answer: ['mail.own.com. 700 A 192.0.2.25'],
    });
  });
  test('answers NS of the apex from the child', () => {
    expect(shown(ask('own.com', 'NS'))).toEqual({
      rcode: 'NOERROR',
      aa: true,
      answer: ['own.com. 700 NS ns.nic.com.'],
      authority: [],
      additional: ['ns.nic.com. 900 A 192.0.2.1'],
    });
  });
  test('answers DS of the apex from the parent: there is none', () => {
    expect(shown(ask('own.com', 'DS'))).toMatchObject({
      rcode: 'NOERROR',
      aa: true,
      authority: [comSoaLine],
    });
  });
  test('without the parent answers DS of the apex from the child', () => {
    const query = makeQuery(parseName('own.com'), 'DS');
    expect(shown(respond(makeZoneSet([own]), query))).toMatchObject({ aa: true, authority: [soaLine] });
  });
});

describe('negative answers carry the SOA at the lower of its TTL and MINIMUM', () => {
  test('a name that is not there', () => {
    expect(shown(ask('no.com', 'A'))).toMatchObject({ rcode: 'NXDOMAIN', aa: true, authority: [comSoaLine] });
    expect(shown(ask('no.own.com', 'A'))).toMatchObject({
      rcode: 'NXDOMAIN',
      aa: true,
      authority: [soaLine],
    });
  });
  test('a type that is not there', () => {
    expect(shown(ask('mail.own.com', 'AAAA'))).toMatchObject({
      rcode: 'NOERROR',
      aa: true,
      authority: [soaLine],
    });
  });
  test.each(['ent.own.com', 'b.ent.own.com', 'nic.com', 'wild.own.com'])(
    'an empty non-terminal, %s',
    name => {
      expect(shown(ask(name, 'TXT'))).toMatchObject({ rcode: 'NOERROR', aa: true, answer: [] });
    },
  );
});

describe('wildcard', () => {
  test('its records come with the name that was asked for', () => {
    expect(shown(ask('a.b.wild.own.com', 'TXT'))).toMatchObject({
      aa: true,
      answer: ['a.b.wild.own.com. 700 TXT "wild"'],
    });
  });
  test('a type that it does not have', () => {
    expect(shown(ask('a.wild.own.com', 'A'))).toMatchObject({
      rcode: 'NOERROR',
      answer: [],
      authority: [soaLine],
    });
  });
  test('a name beside it hides it, and what is below that name', () => {
    expect(shown(ask('sub.wild.own.com', 'TXT'))).toMatchObject({ rcode: 'NOERROR', answer: [] });
    expect(shown(ask('x.sub.wild.own.com', 'TXT'))).toMatchObject({ rcode: 'NXDOMAIN', answer: [] });
  });
  test('a wildcard alias is followed', () => {
    expect(shown(ask('x.wildalias.own.com', 'A')).answer).toEqual([
      'x.wildalias.own.com. 700 CNAME mail.own.com.',
      'mail.own.com. 700 A 192.0.2.25',
    ]);
  });
});

describe('alias', () => {
  const cases: readonly [string, string, object][] = [
    ['is followed in the zone', 'www', { answer: ['CNAME mail.own.com.', 'A 192.0.2.25'] }],
    ['ends outside the zones of the server', 'abroad', { rcode: 'NOERROR', answer: ['CNAME x.abroad.net.'] }],
    [
      'is followed into another zone of the server',
      'across',
      { rcode: 'NXDOMAIN', answer: ['CNAME other.com.'], authority: [comSoaLine] },
    ],
    ['to a name that is not there is NXDOMAIN', 'dangling', { rcode: 'NXDOMAIN', authority: [soaLine] }],
    [
      'that circles ends',
      'loop1',
      { rcode: 'NOERROR', answer: ['CNAME loop2.own.com.', 'CNAME loop1.own.com.'] },
    ],
  ];
  test.each(cases)('%s', (_, name, expected) => {
    const message = ask(`${name}.own.com`, 'A');
    const answer = message.answer.map(record => `${record.type} ${record.data}`);
    expect({ ...shown(message), answer }).toMatchObject(expected);
    expect(message.authoritative).toBe(true);
  });
  test('into a cut ends with the referral', () => {
    const message = ask('tochild.own.com', 'A');
    expect(message).toMatchObject({ authoritative: true, rcode: 'NOERROR' });
    expect(lines(message.answer)).toEqual(['tochild.own.com. 700 CNAME x.child.com.']);
    expect(lines(message.authority).sort()).toEqual(referral.authority);
  });
  test('is itself the answer to CNAME', () => {
    expect(shown(ask('www.own.com', 'CNAME')).answer).toEqual(['www.own.com. 700 CNAME mail.own.com.']);
  });
});

describe('DNAME', () => {
  test('makes a CNAME below it and is followed', () => {
    expect(shown(ask('x.tree.own.com', 'A')).answer).toEqual([
      'tree.own.com. 700 DNAME leaf.own.com.',
      'x.tree.own.com. 700 CNAME x.leaf.own.com.',
      'x.leaf.own.com. 700 A 192.0.2.40',
    ]);
  });
  test('does not stand for its own name', () => {
    expect(shown(ask('tree.own.com', 'A'))).toMatchObject({ rcode: 'NOERROR', answer: [] });
  });
  test('that makes too long a name is YXDOMAIN', () => {
    const label = 'l'.repeat(63);
    const name = `${label}.${label}.${label}.${'l'.repeat(46)}.tree.own.com`;
    expect(shown(ask(name, 'A')).rcode).toBe('NXDOMAIN');
    const long = makeZoneSet([
      zone('own.com', `@ 1 SOA a. b. 1 2 3 4 5\n@ 1 NS a.\nt 1 DNAME longer.name.com.`),
    ]);
    const message = respond(
      long,
      makeQuery(parseName(`${label}.${label}.${label}.${'l'.repeat(50)}.t.own.com`), 'A'),
    );
    expect(message.rcode).toBe('YXDOMAIN');
    expect(message.answer.map(record => record.type)).toEqual(['DNAME']);
  });
});

describe('additional section', () => {
  test('has the addresses of mail servers', () => {
    expect(shown(ask('own.com', 'MX')).additional).toEqual(['mail.own.com. 700 A 192.0.2.25']);
  });
});

describe('ANY gives one RRset', () => {
  test('of a name', () => {
    expect(new Set(ask('big.own.com', 'ANY').answer.map(record => record.type)).size).toBe(1);
  });
  test('of a wildcard', () => {
    expect(shown(ask('q.wild.own.com', 'ANY')).answer).toEqual(['q.wild.own.com. 700 TXT "wild"']);
  });
  test('or none', () => {
    expect(shown(ask('ent.own.com', 'ANY'))).toMatchObject({
      rcode: 'NOERROR',
      answer: [],
      authority: [soaLine],
    });
    expect(shown(ask('no.own.com', 'ANY'))).toMatchObject({ rcode: 'NXDOMAIN' });
  });
  test('or a referral', () => {
    expect(sorted(shown(ask('child.com', 'ANY')))).toEqual(referral);
  });
});

describe('what is not answered', () => {
  const query = makeQuery(parseName('own.com'), 'SOA');
  const [question] = query.questions;
  const cases: readonly [string, Message, string][] = [
    ['a name outside its zones', makeQuery(parseName('own.net'), 'A'), 'REFUSED'],
    ['the root', makeQuery(parseName('.'), 'NS'), 'REFUSED'],
    ['a transfer', makeQuery(parseName('own.com'), 'AXFR'), 'REFUSED'],
    [
      'another class',
      { ...query, questions: query.questions.map(each => ({ ...each, class: 'CH' })) },
      'REFUSED',
    ],
    ['another opcode', { ...query, opcode: 'UPDATE' }, 'NOTIMP'],
    ['an opcode without a name', { ...query, opcode: 'OPCODE14' }, 'NOTIMP'],
    ['no question', { ...query, questions: [] }, 'FORMERR'],
    [
      'two questions',
      { ...query, questions: [...query.questions, ...(question ? [question] : [])] },
      'FORMERR',
    ],
    ['a question for OPT', makeQuery(parseName('own.com'), 'OPT'), 'FORMERR'],
    ['mail queries of old', makeQuery(parseName('own.com'), 'MAILA'), 'NOTIMP'],
  ];
  test.each(cases)('%s', (_, message, rcode) => {
    const response = respond(zones, message);
    expect(response).toMatchObject({ id: message.id, response: true, authoritative: false, rcode });
    expect([...response.answer, ...response.authority, ...response.additional]).toEqual([]);
  });
});

describe('EDNS', () => {
  test('is answered with EDNS, and without it not', () => {
    expect(ask('own.com', 'SOA', { dnssecOk: true }).edns).toMatchObject({ version: 0, dnssecOk: true });
    expect(ask('own.com', 'SOA', { udpSize: null }).edns).toBe(null);
  });
  test('of another version is BADVERS with version 0', () => {
    const query = makeQuery(parseName('own.com'), 'SOA');
    const later = { ...query, edns: { udpSize: 1232, version: 1, dnssecOk: false, options: [] } };
    expect(respond(zones, later)).toMatchObject({ rcode: 'BADVERS', answer: [], edns: { version: 0 } });
  });
});

test('the header of the query comes back', () => {
  const query = makeQuery(parseName('own.com'), 'SOA', {
    id: 77,
    recursionDesired: true,
    spelling: 'oWn.coM.',
  });
  expect(respond(zones, query)).toMatchObject({
    id: 77,
    recursionDesired: true,
    recursionAvailable: false,
    questions: query.questions,
  });
});

test('the zone of a name is the one with the longest apex', () => {
  expect(zoneFor(zones, parseName('x.own.com'))).toBe(own);
  expect(zoneFor(zones, parseName('xown.com'))).toBe(com);
  expect(zoneFor(zones, parseName('net'))).toBe(null);
});
