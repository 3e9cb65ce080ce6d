import { describe, expect, test } from 'vitest';
import type { FindingCode, Severity } from '../../src/checks/finding.ts';
import { judgeDnssec } from '../../src/checks/judge-dnssec.ts';
import { type Message, makeQuery, makeResponse } from '../../src/dns/message.ts';
import { type Name, parseName } from '../../src/dns/name.ts';
import { type RRset, recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { bogus, type Security, secure } from '../../src/resolver/security.ts';
import type { ChildFacts, CutFacts, Observation, ParentFacts } from '../../src/survey/facts.ts';
import type { KeyView } from '../../src/survey/keys.ts';
import type { Proof } from '../../src/survey/proof.ts';
import type { Server } from '../../src/survey/view.ts';
import { dsOf, keyView, newKey, nowSeconds } from '../plan/keys.ts';
import { apex, cut, soaWith } from '../plan/surveys.ts';

const [key, other] = [newKey(), newKey()];
const ns = ['ns1.a.child.org.', 'ns2.a.child.org.'].map(parseName);

/** What a server says when it is asked for `type` of the cut. */
function saying(
  server: Server,
  type: string,
  how: Partial<Pick<Message, 'rcode' | 'authoritative'>> & {
    readonly answer?: readonly RRset[];
    readonly authority?: readonly RRset[];
  },
): Observation {
  const { rcode = 'NOERROR', authoritative = true, answer = [], authority = [] } = how;
  const message = {
    ...makeResponse(makeQuery(cut, type), rcode),
    authoritative,
    answer: answer.flatMap(recordsOf),
    authority: authority.flatMap(recordsOf),
  };
  const exchange = { kind: 'response', message, protocol: 'udp', rttMs: 1, octets: 100 } as const;
  return { server, question: { name: cut, type }, exchange, packets: 1 };
}

/** DS at a server of the parent. */
type Above = readonly string[];

function parentWith(...data: readonly string[]): Above {
  return data;
}

/** A server of the parent that names `names` and has these DS. */
function parentFacts(data: Above, names: readonly Name[], at: number): ParentFacts {
  const server = { name: parseName(`ns${at}.parent.test`), address: `192.0.2.${100 + at}` };
  const delegation = rrsetOf(cut, 'NS', 3600, ...names);
  const ds = data.length === 0 ? [] : [rrsetOf(cut, 'DS', 3600, ...data)];
  return {
    zone: apex,
    names: [server.name],
    ns: saying(server, 'NS', { authoritative: false, authority: [delegation, ...ds] }),
    ds: saying(server, 'DS', ds.length === 0 ? { authority: [soaWith(900, 300)] } : { answer: ds }),
    dname: null,
  };
}

/** A server of the cut that shows what `view` says. */
function childFacts(view: KeyView, at: number): ChildFacts {
  const server = { name: ns[at] ?? null, address: `192.0.2.${at + 1}` };
  const shown = (type: string): Observation => {
    const signed = view.rrsets.find(({ rrset }) => rrset.type === type);
    const soa = view.rrsets.find(({ rrset }) => rrset.type === 'SOA')?.rrset;
    const signatures = signed?.signatures ?? [];
    return saying(
      server,
      type,
      signed === undefined
        ? { authority: soa === undefined ? [] : [soa] }
        : {
            answer: [
              signed.rrset,
              ...(signatures.length === 0 ? [] : [{ ...signed.rrset, type: 'RRSIG', data: signatures }]),
            ],
          },
    );
  };
  return {
    names: server.name === null ? [] : [server.name],
    address: server.address,
    from: 'delegation',
    soa: shown('SOA'),
    ns: shown('NS'),
    tcp: null,
    hosts: [],
    keys:
      view.problem === null
        ? ['DNSKEY', 'CDS', 'CDNSKEY', 'CSYNC'].map(shown)
        : [saying(server, 'DNSKEY', { rcode: view.problem })],
  };
}

function proofOf(
  parents: readonly Above[],
  keys: readonly KeyView[],
  chain: Security | null,
  names: readonly Name[] = ns,
): Proof {
  const facts: CutFacts = {
    schema: 'zonecut/facts/v1',
    cut,
    takenAtMs: nowSeconds * 1000,
    offline: true,
    given: null,
    walk: [],
    problem: null,
    parents: parents.map((data, at) => parentFacts(data, names, at)),
    children: keys.map(childFacts),
    hosts: [],
    registries: [],
    parentZone: null,
    limits: [],
    queries: 0,
  };
  const base = { cut, takenAtMs: nowSeconds * 1000, parentApex: apex, problem: null, lost: [] };
  return { ...base, parent: [], ns: names, child: [], recursive: [], security: { facts, chain } };
}

function findingsOf(
  parents: readonly Above[],
  keys: readonly KeyView[],
  chain: Security | null = secure,
): readonly (readonly [FindingCode, Severity])[] {
  return judgeDnssec(proofOf(parents, keys, chain)).map(({ code, severity }) => [code, severity]);
}

const cds = (...data: readonly string[]): KeyView =>
  keyView([key], { extra: [rrsetOf(cut, 'CDS', 300, ...data)] });

describe('nothing is found', () => {
  const rows: readonly [string, readonly Above[], readonly KeyView[]][] = [
    ['in an unsigned cut', [parentWith()], [keyView([])]],
    ['in a signed one whose DS is its key', [parentWith(dsOf(key))], [keyView([key])]],
    ['when the DS has another digest', [parentWith(dsOf(key, 4))], [keyView([key])]],
    ['when a key more has DS, for a roll', [parentWith(dsOf(key), dsOf(other))], [keyView([key])]],
    ['before DS are published', [parentWith()], [keyView([key])]],
    ['when the child asks for what the parent has', [parentWith(dsOf(key))], [cds(dsOf(key))]],
  ];
  test.each(rows)('%s', (_where, parents, keys) => {
    expect(findingsOf(parents, keys)).toEqual([]);
  });

  test('where DNSSEC was not asked for', () => {
    const base = { cut, takenAtMs: 0, parentApex: apex, problem: null };
    expect(judgeDnssec({ ...base, parent: [], ns, lost: [], child: [], recursive: [] })).toEqual([]);
  });
});

describe('it is found', () => {
  const csync = rrsetOf(cut, 'CSYNC', 300, '1 1 NS');
  const silent: KeyView = { ...keyView([key]), problem: 'SERVFAIL' };
  const rows: readonly [
    string,
    FindingCode | readonly FindingCode[],
    Severity,
    readonly Above[],
    readonly KeyView[],
    Security | null,
  ][] = [
    [
      'that the child has no keys',
      'ds-unsigned-zone',
      'error',
      [parentWith(dsOf(key))],
      [keyView([])],
      secure,
    ],
    ['that it has others', 'ds-no-match', 'error', [parentWith(dsOf(other))], [keyView([key])], secure],
    [
      'that one server has no keys',
      'child-signing-inconsistent',
      'error',
      [parentWith(dsOf(key))],
      [keyView([key]), keyView([])],
      secure,
    ],
    [
      'that one server does not give its keys',
      'dnskey-unavailable',
      'error',
      [parentWith(dsOf(key))],
      [keyView([key]), silent],
      secure,
    ],
    [
      'that the keys are not signed',
      ['dnskey-not-signed-by-ds', 'ds-algorithm-unsigned'],
      'error',
      [parentWith(dsOf(key))],
      [keyView([key], { bare: ['DNSKEY'] })],
      secure,
    ],
    [
      'that one server gives other records without a signature',
      'chain-bogus',
      'error',
      [parentWith(dsOf(key))],
      [keyView([key]), keyView([key], { bare: ['SOA'] })],
      secure,
    ],
    [
      'that keys sign nothing before a DS is there',
      'chain-bogus',
      'warning',
      [parentWith()],
      [keyView([key], { bare: ['DNSKEY'] })],
      secure,
    ],
    [
      'that signatures have ended',
      ['dnskey-not-signed-by-ds', 'rrsig-expired'],
      'error',
      [parentWith(dsOf(key))],
      [keyView([key], { expirationSeconds: nowSeconds - 1 })],
      secure,
    ],
    [
      'that signatures have ended before a DS is there',
      'rrsig-expired',
      'warning',
      [parentWith()],
      [keyView([key], { expirationSeconds: nowSeconds - 1 })],
      secure,
    ],
    [
      'that servers of the parent differ',
      'parent-inconsistent',
      'error',
      [parentWith(dsOf(key)), parentWith()],
      [keyView([key])],
      secure,
    ],
    [
      'that a validator refuses it for what no server of its own shows',
      'chain-bogus',
      'error',
      [parentWith(dsOf(key))],
      [keyView([key])],
      bogus('the signature of com. DNSKEY does not count'),
    ],
    ['that it asks for other DS', 'cds-update-pending', 'warning', [parentWith()], [cds(dsOf(key))], secure],
    ['that it asks for none', 'cds-delete', 'warning', [parentWith(dsOf(key))], [cds('0 0 0 00')], secure],
    [
      'that CDS and CDNSKEY differ',
      'cds-inconsistent',
      'warning',
      [parentWith(dsOf(key))],
      [
        keyView([key], {
          extra: [rrsetOf(cut, 'CDS', 300, dsOf(key)), rrsetOf(cut, 'CDNSKEY', 300, other.dnskey)],
        }),
      ],
      secure,
    ],
  ];
  test.each(rows)('%s', (_what, codes, severity, parents, keys, chain) => {
    expect(findingsOf(parents, keys, chain)).toEqual([codes].flat().map(code => [code, severity]));
  });

  test('that it asks for other name servers than it has', () => {
    const asking = keyView([key], { extra: [csync], shown: ['CSYNC'] });
    const codes = (names: readonly Name[]): readonly FindingCode[] =>
      judgeDnssec(proofOf([parentWith(dsOf(key))], [asking], secure, names)).map(({ code }) => code);
    expect(codes(ns)).toEqual([]);
    expect(codes([parseName('ns1.a.child.org.'), parseName('ns9.old.org.')])).toEqual(['csync-pending']);
  });
});
