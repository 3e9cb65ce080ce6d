import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dsOfKey } from '../../src/dns/dnssec.ts';
import {
  makeSigningKey,
  parsePrivateKeyFile,
  type SigningKey,
  signingKeyOf,
} from '../../src/dns/dnssec-keys.ts';
import { nsec3Parameters } from '../../src/dns/dnssec-nsec3.ts';
import { type DenialChain, type SignedZone, signZone } from '../../src/dns/dnssec-zone.ts';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { dropTestFolder, makeTestFolder, must, type Named, startNamed } from './dns-named.ts';
import { writeZone, zoneOf, zoneText } from './dns-zones.ts';
import { runProgram } from './programs.ts';

const apex = parseName('made.example.');
const nowSeconds = Math.floor(Date.now() / 1000);
const validity = { inceptionSeconds: nowSeconds - 3600, expirationSeconds: nowSeconds + 20 * 86400 };

function privateKey(algorithm: number): KeyObject {
  switch (algorithm) {
    case 8:
    case 10:
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    case 13:
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 14:
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    case 15:
      return generateKeyPairSync('ed25519').privateKey;
    default:
      return generateKeyPairSync('ed448').privateKey;
  }
}

function pairOf(algorithm: number): readonly SigningKey[] {
  return [false, true].map(secureEntryPoint =>
    makeSigningKey(privateKey(algorithm), { algorithm, secureEntryPoint }),
  );
}

function signedWith(keys: readonly SigningKey[], denial: DenialChain): SignedZone {
  return signZone(zoneOf(zoneText, apex), keys, { ...validity, denial });
}

const plain = nsec3Parameters(0, '-');
const chains: readonly (readonly [string, DenialChain])[] = [
  ['NSEC', { kind: 'nsec' }],
  ['NSEC3', { kind: 'nsec3', parameters: plain, optOut: false }],
  [
    'NSEC3 with salt and iterations',
    { kind: 'nsec3', parameters: nsec3Parameters(12, 'aabbccdd'), optOut: false },
  ],
  ['NSEC3 with opt-out', { kind: 'nsec3', parameters: plain, optOut: true }],
];

describe.each([8, 10, 13, 14, 15, 16])('a zone that is signed here with algorithm %i', algorithm => {
  test.each(chains)(
    'and %s passes ldns-verify-zone and dnssec-verify, and not after a change',
    async (_, denial) => {
      const folder = await makeTestFolder();
      try {
        const file = path.join(folder, 'zone');
        await writeZone(file, signedWith(pairOf(algorithm), denial).rrsets);
        expect(await must('ldns-verify-zone', ['-V', '3', file])).toContain('Zone is verified and complete');
        await must('dnssec-verify', ['-o', apex, file]);
        const text = await readFile(file, 'utf8');
        await writeFile(file, text.replace('192.0.2.5', '192.0.2.55'));
        expect((await runProgram('ldns-verify-zone', [file])).status).not.toBe(0);
        expect((await runProgram('dnssec-verify', ['-o', apex, file])).status).not.toBe(0);
      } finally {
        await dropTestFolder(folder);
      }
    },
  );
});

test('a zone with one key of its own, and one with keys of two algorithms, pass as well', async () => {
  const folder = await makeTestFolder();
  try {
    const file = path.join(folder, 'zone');
    const single = makeSigningKey(privateKey(15), { secureEntryPoint: true });
    for (const keys of [[single], [...pairOf(13), ...pairOf(15)]]) {
      await writeZone(file, signedWith(keys, { kind: 'nsec' }).rrsets);
      await must('ldns-verify-zone', [file]);
      await must('dnssec-verify', [...(keys.length === 1 ? ['-z'] : []), '-o', apex, file]);
    }
  } finally {
    await dropTestFolder(folder);
  }
});

/** Reads the two files of each key that dnssec-keygen made in a folder. */
async function keysOfBind(folder: string): Promise<readonly SigningKey[]> {
  const stems = (await readdir(folder))
    .filter(file => file.endsWith('.private'))
    .map(file => file.slice(0, -8));
  return Promise.all(
    stems.map(async stem => {
      const publicText = await readFile(path.join(folder, `${stem}.key`), 'utf8');
      const rdata = /\sDNSKEY\s+(.*)$/m.exec(publicText)?.[1] ?? '';
      const { privateKey: key } = parsePrivateKeyFile(
        await readFile(path.join(folder, `${stem}.private`), 'utf8'),
      );
      return signingKeyOf(parseRdata('DNSKEY', rdata), key);
    }),
  );
}

test.each([
  ['RSASHA256', ['-b', '2048']],
  ['ECDSAP256SHA256', []],
  ['ECDSAP384SHA384', []],
  ['ED25519', []],
  ['ED448', []],
])('keys of dnssec-keygen for %s sign here what ldns-verify-zone takes', async (algorithm, flags) => {
  const folder = await makeTestFolder();
  try {
    await must('dnssec-keygen', ['-q', '-K', folder, '-a', algorithm, ...flags, apex]);
    await must('dnssec-keygen', ['-q', '-K', folder, '-a', algorithm, ...flags, '-f', 'KSK', apex]);
    const file = path.join(folder, 'zone');
    await writeZone(file, signedWith(await keysOfBind(folder), { kind: 'nsec' }).rrsets);
    await must('ldns-verify-zone', [file]);
    await must('dnssec-verify', ['-o', apex, file]);
  } finally {
    await dropTestFolder(folder);
  }
});

describe.each([13, 15].flatMap(algorithm => chains.map(([title, denial]) => ({ algorithm, title, denial }))))(
  'delv, with a trust anchor, of a zone signed here with $algorithm and $title',
  ({ algorithm, title, denial }) => {
    let folder = '';
    let named: Named | null = null;

    beforeAll(async () => {
      folder = await makeTestFolder();
      const keys = pairOf(algorithm);
      await writeZone(path.join(folder, 'zone'), signedWith(keys, denial).rrsets);
      const anchor = keys.find(({ secureEntryPoint }) => secureEntryPoint);
      if (anchor === undefined) throw new Error('no key');
      const [keyTag, number, digestType, digest] = dsOfKey(apex, anchor.dnskey).split(' ');
      await writeFile(
        path.join(folder, 'anchors'),
        `trust-anchors { ${apex} static-ds ${keyTag} ${number} ${digestType} "${digest}"; };\n`,
      );
      named = await startNamed(folder, `zone "${apex}" { type primary; file "zone"; };`);
    });

    afterAll(async () => {
      await named?.stop();
      await dropTestFolder(folder);
    });

    async function delv(name: string, type: string): Promise<string> {
      const at = [
        `@${named?.address}`,
        '-p',
        String(named?.port),
        '-a',
        path.join(folder, 'anchors'),
        `+root=${apex}`,
      ];
      const { stdout, stderr } = await runProgram('delv', [...at, '+vtrace', name, type]);
      return stdout + stderr;
    }

    test.each([
      [`www.${apex}`, 'A', '; fully validated'],
      [`${apex}`, 'SOA', '; fully validated'],
      [`x.wild.${apex}`, 'A', '; fully validated'],
      [`svc.${apex}`, 'SVCB', '; fully validated'],
      [`odd\\000name.${apex}`, 'A', '; fully validated'],
      [`z.${apex}`, 'NAPTR', '; fully validated'],
      [`secure.${apex}`, 'DS', '; fully validated'],
      [`mail.${apex}`, 'TXT', '; negative response, fully validated'],
      [`b.ent.${apex}`, 'A', '; negative response, fully validated'],
      [`x.wild.${apex}`, 'MX', '; negative response, fully validated'],
      [`nope.${apex}`, 'A', '; negative response, fully validated'],
    ])('finds %s %s validated', async (name, type, verdict) => {
      const output = await delv(name, type);
      // What a wildcard answers in an opt-out span is not authenticated: a delegation may hide there (RFC 5155 section 9.2).
      const hidden = title.includes('opt-out') && name.startsWith('x.wild') && type === 'A';
      expect(output).toContain(hidden ? '; unsigned answer' : verdict);
    });
  },
);
