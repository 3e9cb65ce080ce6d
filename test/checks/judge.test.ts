import { describe, expect, test } from 'vitest';
import type { FindingCode } from '../../src/checks/finding.ts';
import { judge } from '../../src/checks/judge.ts';
import { type Name, parseName, rootName } from '../../src/dns/name.ts';
import { isType, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import type { Proof } from '../../src/survey/proof.ts';
import type { Answer, View } from '../../src/survey/view.ts';

const cut = parseName('staging.example.com');
const servers = ['ns1.child.org.', 'ns2.child.org.'].map(parseName);

function nsOf(owner: Name, ...targets: readonly Name[]): RRset<'NS'> {
  const rrset = rrsetOf(owner, 'NS', 300, ...targets);
  if (!isType(rrset, 'NS')) {
    throw new Error('an NS RRset is one');
  }
  return rrset;
}

const soaAt = (owner: Name, serial = 1): RRset =>
  rrsetOf(owner, 'SOA', 300, `ns1.child.org. hostmaster.child.org. ${serial} 1 1 1 1`);
const referral = (...targets: readonly Name[]): Answer => ({
  kind: 'referral',
  delegation: { cut, ns: nsOf(cut, ...targets), ds: null, glue: [] },
});
const answer = (rrset: RRset, authoritative = true): Answer => ({ kind: 'answer', rrset, authoritative });
const silent: Answer = { kind: 'silent', why: 'no answer in 1.5 s' };

function view(name: Name | null, address: string, type: 'NS' | 'SOA', said: Answer): View {
  return { server: { name, address }, question: { name: cut, type }, answer: said, rttMs: 1 };
}

const parentView = (said: Answer, number = 1): View =>
  view(parseName(`ns${number}.host.net`), `192.0.2.${number}`, 'NS', said);

function childViews(
  number: number,
  soa: Answer = answer(soaAt(cut)),
  ns: Answer = answer(nsOf(cut, ...servers)),
) {
  const name = parseName(`ns${number}.child.org`);
  const address = `198.51.100.${number}`;
  return { soa: view(name, address, 'SOA', soa), ns: view(name, address, 'NS', ns) };
}

function resolverViews(ns: Answer, soa: Answer = answer(soaAt(cut), false)): Proof['recursive'][number] {
  const address = '203.0.113.53';
  return {
    resolver: { address, port: 53 },
    ns: view(null, address, 'NS', ns),
    soa: view(null, address, 'SOA', soa),
  };
}

const good: Proof = {
  cut,
  takenAtMs: 0,
  parentApex: parseName('example.com'),
  problem: null,
  parent: [parentView(referral(...servers)), parentView(referral(...servers), 2)],
  ns: servers,
  lost: [],
  child: [childViews(1), childViews(2)],
  recursive: [resolverViews(answer(nsOf(cut, ...servers), false))],
};

test('a proof in which all agree has no finding', () => {
  expect(judge(good)).toEqual([]);
  expect(judge(good, servers)).toEqual([]);
  expect(judge(good, [...servers].reverse())).toEqual([]);
});

describe('a proof in which', () => {
  const rows: readonly [FindingCode, 'error' | 'warning', string, Partial<Proof>][] = [
    [
      'parent-undetermined',
      'error',
      'no path leads to the parent',
      { parentApex: null, problem: 'SERVFAIL' },
    ],
    [
      'parent-no-response',
      'warning',
      'one server of the parent is silent',
      { parent: [...good.parent, parentView(silent, 3)] },
    ],
    [
      'parent-no-response',
      'error',
      'every server of the parent is silent',
      { parent: [parentView(silent)], ns: [], child: [], recursive: [] },
    ],
    [
      'delegation-missing',
      'error',
      'the parent knows no delegation',
      {
        parent: [parentView({ kind: 'nxdomain', soa: null, authoritative: true })],
        ns: [],
        child: [],
        recursive: [],
      },
    ],
    [
      'parent-inconsistent',
      'error',
      'one server of the parent knows no delegation',
      { parent: [...good.parent, parentView({ kind: 'nodata', soa: null, authoritative: true }, 3)] },
    ],
    [
      'parent-inconsistent',
      'error',
      'the servers of the parent give two sets',
      { parent: [parentView(referral(...servers)), parentView(referral(...servers.slice(1)), 2)] },
    ],
    [
      'child-is-alias',
      'error',
      'the name is an alias',
      {
        parent: [parentView({ kind: 'alias', rrset: rrsetOf(cut, 'CNAME', 1, 'a.example.') })],
        ns: [],
        child: [],
        recursive: [],
      },
    ],
    [
      'ns-unresolvable',
      'error',
      'a server has no address',
      { lost: servers.slice(1), child: [childViews(1)] },
    ],
    [
      'lame-rcode',
      'error',
      'a server of the child refuses',
      { child: [childViews(1), childViews(2, { kind: 'error', rcode: 'REFUSED' })] },
    ],
    [
      'lame-not-authoritative',
      'error',
      'a server of the child has no authority',
      { child: [childViews(1), childViews(2, answer(soaAt(cut), false))] },
    ],
    [
      'lame-no-response',
      'error',
      'a server of the child is silent',
      { child: [childViews(1), childViews(2, silent)] },
    ],
    [
      'lame-broken-response',
      'error',
      'a server of the child sends elsewhere',
      { child: [childViews(1), childViews(2, { kind: 'nodata', soa: null, authoritative: true })] },
    ],
    [
      'lame-upward-referral',
      'error',
      'a server of the child refers to the root',
      {
        child: [
          childViews(1),
          childViews(2, {
            kind: 'referral',
            delegation: { cut: rootName, ns: rrsetOf('.', 'NS', 300, 'a.root.'), ds: null, glue: [] },
          }),
        ],
      },
    ],
    [
      'lame-rcode',
      'error',
      'a server of the child denies the name',
      { child: [childViews(1), childViews(2, { kind: 'nxdomain', soa: null, authoritative: true })] },
    ],
    [
      'child-ns-missing',
      'error',
      'the child has no NS of its own',
      {
        child: [
          childViews(1),
          childViews(2, answer(soaAt(cut)), { kind: 'nodata', soa: null, authoritative: true }),
        ],
      },
    ],
    [
      'ns-set-mismatch',
      'warning',
      'the child names other servers',
      { child: [childViews(1), childViews(2, answer(soaAt(cut)), answer(nsOf(cut, ...servers.slice(1))))] },
    ],
    [
      'serial-skew',
      'warning',
      'the serials differ',
      { child: [childViews(1), childViews(2, answer(soaAt(cut, 2)))] },
    ],
    [
      'resolver-old',
      'error',
      'a resolver gives an old answer',
      { recursive: [resolverViews({ kind: 'nxdomain', soa: null, authoritative: false })] },
    ],
    [
      'resolver-error',
      'error',
      'a resolver fails',
      { recursive: [resolverViews({ kind: 'error', rcode: 'SERVFAIL' })] },
    ],
  ];
  test.each(rows)('%s (%s): %s', (code, severity, _what, changes) => {
    const findings = judge({ ...good, ...changes });
    expect(findings.map(finding => [finding.code, finding.severity])).toEqual([[code, severity]]);
    for (const finding of findings) {
      expect(finding.subject).toBe(cut);
      expect(finding.text).not.toBe('');
      expect(finding.remedy).not.toBe('');
    }
  });

  test('ns-set-unexpected (error): the parent names servers that nobody wanted', () => {
    const codes = judge(good, ['ns1.other.org.', 'ns2.child.org.'].map(parseName)).map(
      finding => finding.code,
    );
    expect(codes).toEqual(['ns-set-unexpected']);
  });
});

describe('an address without a route', () => {
  const noRoute: Answer = { kind: 'silent', why: 'no route' };
  const sixth = (said: Answer): Proof['child'][number] => {
    const { soa, ns } = childViews(1, said, said);
    const server = { name: soa.server.name, address: '2001:db8::1' };
    return { soa: { ...soa, server }, ns: { ...ns, server } };
  };
  test('is not held against a server that answers at another', () => {
    expect(judge({ ...good, child: [childViews(1), childViews(2), sixth(noRoute)] })).toEqual([]);
  });
  test('is held against a server that answers nowhere', () => {
    const codes = judge({ ...good, child: [childViews(2), sixth(noRoute)] }).map(finding => finding.code);
    expect(codes).toEqual(['lame-no-response']);
  });
});
