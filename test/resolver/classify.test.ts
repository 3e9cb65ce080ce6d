import { describe, expect, it } from 'vitest';
import { type Message, makeQuery, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { classify, type Verdict } from '../../src/resolver/classify.ts';
import { defaultLimits } from '../../src/resolver/limits.ts';
import { scrub } from '../../src/resolver/scrub.ts';

interface Sketch {
  readonly asks?: string;
  readonly flags?: string;
  readonly rcode?: string;
  readonly answer?: readonly string[];
  readonly authority?: readonly string[];
  readonly additional?: readonly string[];
}

const soa = 'example.com. SOA ns.example.com. host.example.com. 1 7200 3600 1209600 300';

function records(lines: readonly string[]): Message['answer'] {
  return lines.flatMap(line => {
    const [owner = '', type = '', ...data] = line.split(' ');
    return recordsOf(rrsetOf(parseName(owner), type, 300, data.join(' ')));
  });
}

function wantedOf(sketch: Sketch): { name: ReturnType<typeof parseName>; type: string } {
  const [name = '', type = 'A'] = (sketch.asks ?? 'www.example.com A').split(' ');
  return { name: parseName(name), type };
}

function responseOf(sketch: Sketch): Message {
  const wanted = wantedOf(sketch);
  const flags = sketch.flags ?? 'AA';
  return {
    ...makeResponse(makeQuery(wanted.name, wanted.type), sketch.rcode ?? 'NOERROR'),
    authoritative: flags.includes('AA'),
    recursionAvailable: flags.includes('RA'),
    truncated: flags.includes('TC'),
    answer: records(sketch.answer ?? []),
    authority: records(sketch.authority ?? []),
    additional: records(sketch.additional ?? []),
  };
}

function judged(sketch: Sketch): Verdict {
  const exchange = {
    kind: 'response',
    message: responseOf(sketch),
    protocol: 'udp',
    rttMs: 1,
    octets: 100,
  } as const;
  return classify(exchange, wantedOf(sketch), parseName('example.com'));
}

function inWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'lame':
      return `lame ${verdict.why}`;
    case 'error':
      return `error ${verdict.rcode}`;
    case 'referral':
      return `referral ${verdict.delegation.cut}`;
    case 'alias':
      return `alias ${verdict.alias.target}`;
    case 'answer':
      return verdict.authoritative ? 'answer' : 'answer without AA';
    case 'nodata':
      return verdict.soa === null ? 'nodata without SOA' : 'nodata';
    default:
      return verdict.kind;
  }
}

const cases: readonly (readonly [string, Sketch, string])[] = [
  ['an answer', { answer: ['www.example.com A 192.0.2.1'] }, 'answer'],
  ['an answer without AA', { flags: '', answer: ['www.example.com A 192.0.2.1'] }, 'answer without AA'],
  ['an answer out of a cache', { flags: 'RA', answer: ['www.example.com A 192.0.2.1'] }, 'lame recursive'],
  ['an answer with AA and RA', { flags: 'AA RA', answer: ['www.example.com A 192.0.2.1'] }, 'answer'],
  ['truncation', { flags: 'AA TC', answer: ['www.example.com A 192.0.2.1'] }, 'truncated'],
  ['REFUSED', { rcode: 'REFUSED' }, 'refused'],
  ['SERVFAIL', { rcode: 'SERVFAIL' }, 'error SERVFAIL'],
  ['NXDOMAIN', { rcode: 'NXDOMAIN', authority: [soa] }, 'nxdomain'],
  ['NXDOMAIN out of a cache', { rcode: 'NXDOMAIN', flags: 'RA', authority: [soa] }, 'lame recursive'],
  [
    'NXDOMAIN that only refers upwards',
    { rcode: 'NXDOMAIN', flags: '', authority: ['com NS ns.com'] },
    'lame not-authoritative',
  ],
  [
    'NXDOMAIN of an alias target',
    { rcode: 'NXDOMAIN', answer: ['www.example.com CNAME gone.example.com'], authority: [soa] },
    'alias gone.example.com.',
  ],
  ['NODATA', { authority: [soa] }, 'nodata'],
  ['an empty message with AA', {}, 'empty'],
  ['an empty message without AA', { flags: '' }, 'empty'],
  ['NODATA out of a cache', { flags: 'RA', authority: [soa] }, 'lame recursive'],
  [
    'NODATA by NS of the zone with AA',
    { authority: ['example.com NS ns.example.com'] },
    'nodata without SOA',
  ],
  [
    'a referral to the zone itself',
    { flags: '', authority: ['example.com NS ns.example.com'] },
    'lame not-authoritative',
  ],
  ['a referral upwards', { flags: '', authority: ['com NS ns.com'] }, 'lame upward-referral'],
  ['a referral to the root', { flags: '', authority: ['. NS a.root'] }, 'lame upward-referral'],
  [
    'a referral',
    { asks: 'a.sub.example.com A', flags: '', authority: ['sub.example.com NS ns.sub.example.com'] },
    'referral sub.example.com.',
  ],
  [
    'a referral with AA',
    { asks: 'a.sub.example.com A', authority: ['sub.example.com NS ns.sub.example.com'] },
    'referral sub.example.com.',
  ],
  [
    'a referral aside',
    { asks: 'a.sub.example.com A', flags: '', authority: ['other.example.com NS ns.example.com'] },
    'empty',
  ],
  [
    'NS below the zone in the answer without AA',
    { asks: 'sub.example.com NS', flags: '', answer: ['sub.example.com NS ns.sub.example.com'] },
    'referral sub.example.com.',
  ],
  [
    'NS below the zone in the answer with AA',
    { asks: 'sub.example.com NS', answer: ['sub.example.com NS ns.sub.example.com'] },
    'answer',
  ],
  [
    'an alias',
    { answer: ['www.example.com CNAME host.example.net', 'host.example.net A 192.0.2.66'] },
    'alias host.example.net.',
  ],
  [
    'an alias by DNAME',
    { asks: 'a.old.example.com A', answer: ['old.example.com DNAME new.example.net'] },
    'alias a.new.example.net.',
  ],
  [
    'a CNAME that was asked for',
    { asks: 'www.example.com CNAME', answer: ['www.example.com CNAME host.example.net'] },
    'answer',
  ],
  [
    'two aliases at one name',
    { answer: ['www.example.com CNAME a.example.com', 'www.example.com CNAME b.example.com'] },
    'empty',
  ],
  ['an answer to another question', { answer: ['mail.example.com A 192.0.2.1'] }, 'empty'],
  [
    'an answer of another zone',
    { asks: 'www.example.com A', answer: ['www.example.net A 192.0.2.1'] },
    'empty',
  ],
  [
    'SOA of another zone',
    { flags: '', authority: ['example.net SOA a.example.net b.example.net 1 2 3 4 5'] },
    'empty',
  ],
  [
    'DS answered by the child',
    { asks: 'sub.example.com DS', authority: ['sub.example.com SOA a.example.com b.example.com 1 2 3 4 5'] },
    'lame child-side',
  ],
  ['DS answered by the parent', { asks: 'sub.example.com DS', authority: [soa] }, 'nodata'],
  [
    'ANY with several types',
    {
      asks: 'www.example.com ANY',
      answer: ['www.example.com A 192.0.2.1', 'www.example.com MX 10 mx.example.com'],
    },
    'answer',
  ],
];

describe('classify', () => {
  it.each(cases)('%s', (_title, sketch, expected) => {
    expect(inWords(judged(sketch))).toBe(expected);
  });

  it('takes silence and garbage for what they are', () => {
    const wanted = wantedOf({});
    const zone = parseName('example.com');
    expect(classify({ kind: 'timeout', afterMs: 1, protocol: 'udp' }, wanted, zone).kind).toBe('timeout');
    expect(classify({ kind: 'unreachable', reason: 'refused', protocol: 'udp' }, wanted, zone).kind).toBe(
      'unreachable',
    );
    expect(classify({ kind: 'malformed', problem: 'p', protocol: 'tcp' }, wanted, zone).kind).toBe(
      'malformed',
    );
  });
});

describe('scrub', () => {
  const zone = parseName('example.com');
  const referral: Sketch = {
    asks: 'a.sub.example.com A',
    flags: '',
    authority: [
      'sub.example.com NS ns.sub.example.com',
      'sub.example.com NS ns.example.com',
      'sub.example.com NS ns.victim.net',
    ],
    additional: [
      'ns.sub.example.com A 192.0.2.1',
      'ns.example.com AAAA 2001:db8::1',
      'ns.victim.net A 192.0.2.66',
      'www.example.com A 192.0.2.67',
    ],
  };

  it('keeps in-domain and sibling glue of the names in the NS RRset, and nothing else', () => {
    const { delegation, dropped } = scrub(responseOf(referral), wantedOf(referral), zone);
    expect(delegation?.glue.map(glue => glue.owner)).toEqual(['ns.sub.example.com.', 'ns.example.com.']);
    expect(dropped.map(({ rrset, why }) => `${rrset.owner} ${why}`)).toEqual([
      'ns.victim.net. outside-zone',
      'www.example.com. not-glue',
    ]);
  });

  it('keeps no NS RRset that comes beside an answer as a delegation of the zone', () => {
    const sketch: Sketch = {
      answer: ['www.example.com A 192.0.2.1'],
      authority: ['example.com NS ns.evil.net', 'com NS ns.evil.net'],
      additional: ['ns.evil.net A 192.0.2.66'],
    };
    expect(scrub(responseOf(sketch), wantedOf(sketch), zone).delegation).toBeNull();
  });

  it('keeps the first step of an alias chain only', () => {
    const sketch: Sketch = {
      answer: [
        'www.example.com CNAME b.example.com',
        'b.example.com CNAME c.example.com',
        'c.example.com A 192.0.2.1',
      ],
    };
    const { alias, answers, dropped } = scrub(responseOf(sketch), wantedOf(sketch), zone);
    expect(alias?.target).toBe('b.example.com.');
    expect(answers).toEqual([]);
    expect(dropped.map(({ why }) => why)).toEqual(['behind-alias', 'behind-alias']);
  });

  it('makes the CNAME of a DNAME itself, whatever CNAME comes with it', () => {
    const sketch: Sketch = {
      asks: 'a.old.example.com A',
      answer: ['old.example.com DNAME new.example.com', 'a.old.example.com CNAME evil.example.net'],
    };
    const { alias } = scrub(responseOf(sketch), wantedOf(sketch), zone);
    expect(alias?.rrsets.map(rrset => [rrset.owner, rrset.type, rrset.data[0]])).toEqual([
      ['old.example.com.', 'DNAME', 'new.example.com.'],
      ['a.old.example.com.', 'CNAME', 'a.new.example.com.'],
    ]);
  });

  it('knows no alias where a DNAME makes a name that is too long', () => {
    const long = Array.from({ length: 3 }, () => 'x'.repeat(63)).join('.');
    const sketch: Sketch = {
      asks: `${'y'.repeat(63)}.old.example.com A`,
      answer: [`old.example.com DNAME ${long}`],
    };
    expect(scrub(responseOf(sketch), wantedOf(sketch), zone).alias).toBeNull();
  });

  it('believes no RRset and no glue above the limits', () => {
    const many = Array.from({ length: 5 }, (_, at) => `ns.sub.example.com A 192.0.2.${at + 1}`);
    const sketch = { ...referral, additional: many };
    const limits = { ...defaultLimits, maxGluePerReferral: 4 };
    const { delegation, dropped } = scrub(responseOf(sketch), wantedOf(sketch), zone, limits);
    expect(delegation?.glue).toEqual([]);
    expect(dropped.map(({ why }) => why)).toEqual(['over-limit']);
    const large: Sketch = {
      answer: Array.from({ length: 101 }, (_, at) => `www.example.com A 192.0.2.${at + 1}`),
    };
    expect(scrub(responseOf(large), wantedOf(large), zone).answers).toEqual([]);
  });
});
