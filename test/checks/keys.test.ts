import { describe, expect, test } from 'vitest';
import { judgeKeys, wantedDs } from '../../src/checks/keys.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { KeyView } from '../../src/survey/keys.ts';
import { dsOf, keyView, newKey, nowSeconds } from '../plan/keys.ts';
import { cut } from '../plan/surveys.ts';

const [entry, zoneKey, other] = [newKey(), newKey(false), newKey()];
const keys = [entry, zoneKey];

function found(...views: readonly KeyView[]): ReturnType<typeof judgeKeys> {
  return judgeKeys(views, cut, nowSeconds);
}

describe('the keys that servers show', () => {
  test('stand for DS of those that sign the keys, when all agree', () => {
    expect(found(keyView(keys), keyView(keys, { server: 'ns2.a.child.org' }))).toMatchObject({
      kind: 'signed',
      ds: [dsOf(entry)],
      cds: null,
    });
  });

  test('may be one key that signs everything', () => {
    expect(found(keyView([zoneKey]))).toMatchObject({ kind: 'signed', ds: [dsOf(zoneKey)] });
  });

  test('are none in an unsigned zone', () => {
    expect(found(keyView([]), keyView([]))).toEqual({ kind: 'unsigned' });
  });

  const rows: readonly [string, readonly KeyView[], RegExp][] = [
    ['one server has none', [keyView(keys), keyView([])], /shows other DNSKEY records/],
    ['one server has others', [keyView(keys), keyView([other, zoneKey])], /shows other DNSKEY records/],
    ['a signature has ended', [keyView(keys, { expirationSeconds: nowSeconds - 60 })], /no key .* signs/],
    ['the SOA is not signed', [keyView(keys, { bare: ['SOA'] })], /SOA records without a valid signature/],
    ['the NS are not signed', [keyView(keys, { bare: ['NS'] })], /NS records without a valid signature/],
    ['the keys are not signed', [keyView(keys, { bare: ['DNSKEY'] })], /no key .* signs/],
    ['a server says nothing', [keyView(keys), { ...keyView(keys), problem: 'REFUSED' }], /REFUSED/],
    ['there is no server', [], /no name server with an address/],
  ];
  test.each(rows)('are no base for a DS when %s', (_when, views, says) => {
    expect(found(...views)).toMatchObject({ kind: 'problem', text: expect.stringMatching(says) });
  });
});

describe('the DS that belong at the parent', () => {
  const signed = (view: KeyView): Extract<ReturnType<typeof found>, { kind: 'signed' }> => {
    const keysFound = found(view);
    if (keysFound.kind !== 'signed') {
      throw new Error(JSON.stringify(keysFound));
    }
    return keysFound;
  };
  const withCds = (...data: readonly string[]): KeyView =>
    keyView(keys, { extra: [rrsetOf(cut, 'CDS', 300, ...data)] });

  test('are those of the keys when nobody says anything', () => {
    expect(wantedDs(signed(keyView(keys)), [])).toEqual({ kind: 'ds', data: [dsOf(entry)] });
  });

  test('are those that the host says, of SHA-256', () => {
    const told = [dsOf(entry, 1), dsOf(entry), dsOf(entry, 4)];
    expect(wantedDs(signed(keyView(keys)), told)).toEqual({ kind: 'ds', data: [dsOf(entry)] });
  });

  test('are those that the child asks for by CDS, whatever the host says', () => {
    expect(wantedDs(signed(withCds(dsOf(entry, 4))), [dsOf(entry)])).toEqual({
      kind: 'ds',
      data: [dsOf(entry, 4)],
    });
  });

  const rows: readonly [string, KeyView, readonly ReturnType<typeof dsOf>[], RegExp][] = [
    ['the host names a key that is not served', keyView(keys), [dsOf(other)], /its host names a DS/],
    ['the child asks for a key that is not served', withCds(dsOf(other)), [], /its CDS record names a DS/],
    ['the child asks for none', withCds('0 0 0 00'), [], /asks for no DS at all/],
    ['the key does not sign the keys', keyView(keys), [dsOf(zoneKey)], /none of the keys .* signs its keys/],
  ];
  test.each(rows)('are not to be had when %s', (_when, view, told, says) => {
    expect(wantedDs(signed(view), told)).toMatchObject({
      kind: 'problem',
      text: expect.stringMatching(says),
    });
  });
});
