import { describe, expect, test } from 'vitest';
import type { FindingCode, Severity } from '../../src/checks/finding.ts';
import { judgeDnssec } from '../../src/checks/judge-dnssec.ts';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { bogus, type Security, secure } from '../../src/resolver/security.ts';
import type { KeyView } from '../../src/survey/keys.ts';
import type { Proof } from '../../src/survey/proof.ts';
import type { View } from '../../src/survey/view.ts';
import { dsOf, keyView, newKey, nowSeconds } from '../plan/keys.ts';
import { apex, cut, soaWith, viewOf } from '../plan/surveys.ts';

const [key, other] = [newKey(), newKey()];
const ns = ['ns1.a.child.org.', 'ns2.a.child.org.'].map(parseName);

/** A server of the parent with these DS. */
function parentWith(...data: readonly string[]): View {
  return data.length === 0
    ? viewOf({ kind: 'nodata', soa: soaWith(900, 300), authoritative: true })
    : viewOf({ kind: 'answer', rrset: rrsetOf(cut, 'DS', 3600, ...data), authoritative: true });
}

function findingsOf(
  parents: readonly View[],
  keys: readonly KeyView[],
  chain: Security | null = secure,
): readonly (readonly [FindingCode, Severity])[] {
  const proof: Proof = {
    cut,
    takenAtMs: nowSeconds * 1000,
    parentApex: apex,
    problem: null,
    parent: [],
    ns,
    lost: [],
    child: [],
    recursive: [],
    security: { parent: secure, ds: parents, keys, chain },
  };
  return judgeDnssec(proof).map(({ code, severity }) => [code, severity]);
}

const cds = (...data: readonly string[]): KeyView =>
  keyView([key], { extra: [rrsetOf(cut, 'CDS', 300, ...data)] });

describe('nothing is found', () => {
  const rows: readonly [string, readonly View[], readonly KeyView[]][] = [
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
  const asking: KeyView = {
    ...keyView([key]),
    rrsets: [...keyView([key]).rrsets, { rrset: csync, signatures: [] }],
  };
  const rows: readonly [
    string,
    FindingCode,
    Severity,
    readonly View[],
    readonly KeyView[],
    Security | null,
  ][] = [
    [
      'that the child has no keys',
      'ds-without-keys',
      'error',
      [parentWith(dsOf(key))],
      [keyView([])],
      secure,
    ],
    ['that it has others', 'ds-without-keys', 'error', [parentWith(dsOf(other))], [keyView([key])], secure],
    [
      'that one server has no keys',
      'keys-broken',
      'error',
      [parentWith(dsOf(key))],
      [keyView([key]), keyView([])],
      secure,
    ],
    [
      'that signatures have ended before a DS is there',
      'keys-broken',
      'warning',
      [parentWith()],
      [keyView([key], { expirationSeconds: nowSeconds - 1 })],
      secure,
    ],
    [
      'that servers of the parent differ',
      'ds-inconsistent',
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
    ['that it asks for other DS', 'cds-unmet', 'warning', [parentWith()], [cds(dsOf(key))], secure],
    ['that it asks for none', 'cds-unmet', 'warning', [parentWith(dsOf(key))], [cds('0 0 0 00')], secure],
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
  test.each(rows)('%s', (_what, code, severity, parents, keys, chain) => {
    expect(findingsOf(parents, keys, chain)).toEqual([[code, severity]]);
  });

  test('that it asks for other name servers than it has', () => {
    const proof = (names: readonly (typeof ns)[number][]): Proof => ({
      cut,
      takenAtMs: nowSeconds * 1000,
      parentApex: apex,
      problem: null,
      parent: [],
      ns: names,
      lost: [],
      child: [],
      recursive: [],
      security: { parent: secure, ds: [parentWith(dsOf(key))], keys: [asking], chain: secure },
    });
    expect(judgeDnssec(proof(ns))).toEqual([]);
    expect(judgeDnssec(proof([parseName('ns9.old.org.')])).map(({ code }) => code)).toEqual(['csync-unmet']);
  });
});
