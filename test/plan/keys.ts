import { generateKeyPairSync } from 'node:crypto';
import { dsOfKey } from '../../src/dns/dnssec.ts';
import { makeSigningKey, type SigningKey } from '../../src/dns/dnssec-keys.ts';
import { signZone } from '../../src/dns/dnssec-zone.ts';
import { parseName } from '../../src/dns/name.ts';
import { type Rdata, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { makeZone } from '../../src/dns/zone.ts';
import type { KeyView } from '../../src/survey/keys.ts';
import { cut } from './surveys.ts';

/** The moment at which the surveys of these tests are taken, in seconds since 1970. */
export const nowSeconds: number = Date.UTC(2026, 10, 23) / 1000;

/** A key of Ed25519. */
export function newKey(secureEntryPoint = true): SigningKey {
  return makeSigningKey(generateKeyPairSync('ed25519').privateKey, { secureEntryPoint });
}

/** The DS of a key of the cut. */
export function dsOf(key: SigningKey, digestType = 2): Rdata {
  return dsOfKey(cut, key.dnskey, digestType);
}

/** How a server of the cut differs from one that is as it should be. */
export interface Serving {
  readonly server?: string;
  readonly extra?: readonly RRset[];
  /** Seconds since 1970 at which the signatures end; a day from now unless given. */
  readonly expirationSeconds?: number;
  /** Types that it shows beside those that every server does. */
  readonly shown?: readonly string[];
  /** Types whose signatures the server leaves out. */
  readonly bare?: readonly string[];
}

/** What a server shows that serves the cut with these keys; unsigned with none. */
export function keyView(keys: readonly SigningKey[], serving: Serving = {}): KeyView {
  const plain = makeZone(cut, [
    rrsetOf(cut, 'SOA', 900, 'ns1.a.child.org. hostmaster.child.org. 1 7200 900 1209600 300'),
    rrsetOf(cut, 'NS', 7200, 'ns1.a.child.org.', 'ns2.a.child.org.'),
    ...(serving.extra ?? []),
  ]);
  const rrsets =
    keys.length === 0
      ? plain.rrsets
      : signZone(plain, keys, {
          inceptionSeconds: nowSeconds - 7200,
          expirationSeconds: serving.expirationSeconds ?? nowSeconds + 86_400,
          denial: { kind: 'nsec' },
        }).rrsets;
  const signatures = rrsets.filter(({ type }) => type === 'RRSIG').flatMap(({ data }) => data);
  const types = ['DNSKEY', 'SOA', 'NS', 'CDS', 'CDNSKEY', ...(serving.shown ?? [])];
  const shown = rrsets.filter(({ type }) => types.includes(type));
  return {
    server: { name: parseName(serving.server ?? 'ns1.a.child.org'), address: '192.0.2.9' },
    rrsets: shown.map(rrset => ({
      rrset,
      signatures: signatures.filter(
        data => data.startsWith(`${rrset.type} `) && serving.bare?.includes(rrset.type) !== true,
      ),
    })),
    problem: null,
  };
}
