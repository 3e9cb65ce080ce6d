import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeQuery, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import {
  signTsigRequest,
  signTsigResponse,
  type TsigVerdict,
  tsigErrorResponse,
  tsigOctets,
  verifyTsigRequest,
  verifyTsigResponse,
} from '../../src/dns/tsig.ts';
import { makeTsigKey, parseTsigKey, parseTsigKeyFile, tsigAlgorithms } from '../../src/dns/tsig-key.ts';
import { maxUnsignedBetween, TsigStreamSigner, TsigStreamVerifier } from '../../src/dns/tsig-stream.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';

const nowSeconds = 1_790_000_000;
const at = { nowSeconds };
const secret = Buffer.from('a secret of thirty-two octets...').toString('base64');
const key = makeTsigKey('Update.Key', 'hmac-sha256', secret);
const query = encodeMessage({ ...makeQuery(parseName('www.example.com'), 'A'), id: 4711 });

const reply = (id = 4711): Uint8Array =>
  encodeMessage({
    ...makeResponse({ ...makeQuery(parseName('www.example.com'), 'A'), id }),
    answer: recordsOf(rrsetOf('www.example.com.', 'A', 60, '192.0.2.1')),
  });

const summary = (verdict: TsigVerdict): string =>
  verdict.kind === 'failed' || verdict.kind === 'rejected'
    ? `${verdict.kind} ${verdict.error}`
    : verdict.kind;

describe('a signed request', () => {
  test.each(tsigAlgorithms.filter(name => !['hmac-sha1', 'hmac-sha224'].includes(name)))(
    'by %s verifies, and gives the message back',
    name => {
      const one = makeTsigKey('k', name, secret);
      const signed = signTsigRequest(query, one, at);
      const verdict = verifyTsigRequest(signed.octets, [key, one], at);
      expect(verdict).toMatchObject({
        kind: 'verified',
        key: one,
        signedAtSeconds: nowSeconds,
        peerError: 'NOERROR',
      });
      expect(verdict.kind === 'verified' ? verdict.message : null).toEqual(query);
      expect(decodeMessage(signed.octets).additional.at(-1)).toMatchObject({
        type: 'TSIG',
        class: 'ANY',
        ttl: 0,
        owner: 'k.',
      });
      expect(signed.octets.length).toBeLessThanOrEqual(query.length + tsigOctets(one));
    },
  );

  test('by SHA-1 or SHA-224 is not made, and verified all the same', () => {
    for (const name of ['hmac-sha1', 'hmac-sha224']) {
      const one = makeTsigKey('k', name, secret);
      expect(() => signTsigRequest(query, one, at)).toThrow('signs no requests');
      const signed = signTsigResponse(query, one, new Uint8Array(20), at);
      expect(summary(verifyTsigResponse(signed.octets, one, new Uint8Array(20), at))).toBe('verified');
    }
  });

  const { octets, mac } = signTsigRequest(query, key, at);

  test('fails when any bit is flipped but those of the ID, which the signature keeps, and of case', () => {
    for (let bit = 16; bit < octets.length * 8; bit += 1) {
      const flipped = octets.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const verdict = verifyTsigRequest(flipped, [key], at);
      if (verdict.kind !== 'verified') continue;
      // What is left is a name whose letter changed its case.
      expect(bit & 7).toBe(5);
      expect(String.fromCharCode(octets[bit >> 3] ?? 0)).toMatch(/[a-z]/);
    }
  });

  test('has its own ID whatever ID a forwarder gave it', () => {
    const forwarded = octets.slice();
    forwarded[0] = 0xff;
    const verdict = verifyTsigRequest(forwarded, [key], at);
    expect(verdict.kind === 'verified' && decodeMessage(verdict.message).id).toBe(4711);
  });

  test('never makes the verifier throw, whatever is done to its octets', () => {
    fc.assert(
      fc.property(
        fc.nat(octets.length),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(20),
        (where, patch, cut) => {
          const changed = Uint8Array.from([
            ...octets.subarray(0, where),
            ...patch,
            ...octets.subarray(where + cut),
          ]);
          const same = Buffer.compare(changed, octets) === 0;
          expect(verifyTsigRequest(changed, [key], at).kind === 'verified').toBe(same);
        },
      ),
      { numRuns: 2000, seed: 8945 },
    );
  });

  test.each([
    ['of another name', makeTsigKey('other', 'hmac-sha256', secret), 'failed BADKEY'],
    ['for another algorithm', makeTsigKey('update.key', 'hmac-sha512', secret), 'failed BADKEY'],
    ['with another secret', makeTsigKey('update.key', 'hmac-sha256', 'AAAA'), 'failed BADSIG'],
    ['as it is', key, 'verified'],
  ])('with a key %s is judged', (_, known, expected) => {
    expect(summary(verifyTsigRequest(octets, [known], at))).toBe(expected);
  });

  test.each([
    [300, 'verified'],
    [-300, 'verified'],
    [301, 'failed BADTIME'],
    [-301, 'failed BADTIME'],
  ])('is judged by a clock that is %i s off', (offset, expected) => {
    expect(summary(verifyTsigRequest(octets, [key], { nowSeconds: nowSeconds + offset }))).toBe(expected);
  });

  test('truncated passes only where that is allowed', () => {
    const short = signTsigRequest(query, key, { ...at, macOctets: 16 });
    expect(short.mac).toEqual(mac.subarray(0, 16));
    expect(summary(verifyTsigRequest(short.octets, [key], at))).toBe('failed BADTRUNC');
    expect(summary(verifyTsigRequest(short.octets, [key], { ...at, leastMacOctets: 0 }))).toBe('verified');
    expect(
      summary(verifyTsigRequest(short.octets, [makeTsigKey('update.key', 'hmac-sha256', secret, 16)], at)),
    ).toBe('verified');
    expect(() => signTsigRequest(query, key, { ...at, macOctets: 15 })).toThrow('16 to 32 are allowed');
    expect(() => makeTsigKey('k', 'hmac-sha256', secret, 9)).toThrow('16 to 32 are allowed');
  });

  test('is one TSIG record, at the end, of class ANY and TTL 0', () => {
    expect(summary(verifyTsigRequest(query, [key], at))).toBe('unsigned');
    const twice = signTsigRequest(octets, key, at).octets;
    expect(summary(verifyTsigRequest(twice, [key], at))).toBe('failed FORMERR');
    expect(summary(verifyTsigRequest(octets.subarray(0, 20), [key], at))).toBe('failed FORMERR');
    expect(summary(verifyTsigRequest(new Uint8Array(), [key], at))).toBe('failed FORMERR');
  });
});

describe('a signed response', () => {
  const { mac } = signTsigRequest(query, key, at);

  test('verifies with the MAC of its request and no other', () => {
    const { octets } = signTsigResponse(reply(), key, mac, at);
    expect(summary(verifyTsigResponse(octets, key, mac, at))).toBe('verified');
    const other = mac.slice();
    other[0] = (other[0] ?? 0) ^ 1;
    expect(summary(verifyTsigResponse(octets, key, other, at))).toBe('failed BADSIG');
    expect(summary(verifyTsigRequest(octets, [key], at))).toBe('failed BADSIG');
  });

  const refusal = encodeMessage(
    makeResponse({ ...makeQuery(parseName('www.example.com'), 'A'), id: 4711 }, 'NOTAUTH'),
  );

  test.each([
    ['BADKEY', [], nowSeconds, undefined, 'rejected BADKEY'],
    ['BADSIG', [makeTsigKey('update.key', 'hmac-sha256', 'AAAA')], nowSeconds, undefined, 'rejected BADSIG'],
    ['BADTIME', [key], nowSeconds + 5000, undefined, 'verified'],
    ['BADTRUNC', [key], nowSeconds, 16, 'verified'],
  ] as const)('tells the client of %s', (error, known, serverSeconds, macOctets, expected) => {
    const signed = signTsigRequest(query, key, { ...at, ...(macOctets === undefined ? {} : { macOctets }) });
    const failure = verifyTsigRequest(signed.octets, known, { nowSeconds: serverSeconds });
    if (failure.kind !== 'failed') throw new Error('it did not fail');
    expect(failure).toMatchObject({ error, rcode: 'NOTAUTH' });
    const octets = tsigErrorResponse(refusal, failure, { nowSeconds: serverSeconds });
    const verdict = verifyTsigResponse(octets, key, signed.mac, at);
    expect(summary(verdict)).toBe(expected);
    if (verdict.kind !== 'verified') return;
    expect(verdict.peerError).toBe(error);
    expect(verdict.peerTimeSeconds).toBe(error === 'BADTIME' ? serverSeconds : null);
  });

  test('to octets without a readable signature has none', () => {
    const failure = verifyTsigRequest(query.subarray(0, 13), [key], at);
    if (failure.kind !== 'failed') throw new Error('it did not fail');
    expect(failure.rcode).toBe('FORMERR');
    expect(tsigErrorResponse(refusal, failure, at)).toBe(refusal);
  });
});

describe('a stream of signed messages', () => {
  const { mac } = signTsigRequest(query, key, at);

  /** Which of `count` messages are signed; the others only pass. */
  function stream(count: number, isSigned: (index: number) => boolean): Uint8Array[] {
    const signer = new TsigStreamSigner(key, mac);
    return Array.from({ length: count }, (_, index) =>
      isSigned(index) ? signer.sign(reply(), at) : signer.pass(reply(), at),
    );
  }

  function judged(messages: readonly Uint8Array[]): string {
    const verifier = new TsigStreamVerifier(key, mac);
    for (const octets of messages) {
      const verdict = verifier.feed(octets, nowSeconds);
      if (verdict.kind === 'failed') return verdict.error;
    }
    return verifier.end() === null ? 'good' : 'open';
  }

  test('verifies however many are signed', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }), signed => {
        const messages = stream(
          signed.length,
          index => signed[index] === true || index === signed.length - 1,
        );
        expect(judged(messages)).toBe('good');
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  test('is signed every hundredth message at least, by the signer itself', () => {
    const messages = stream(450, index => index === 449);
    const signed = messages.flatMap((octets, index) => (octets.length > reply().length ? [index] : []));
    expect(signed).toEqual([0, 100, 200, 300, 400, 449]);
    expect(judged(messages)).toBe('good');
  });

  test('fails with a hundred unsigned ones in a row', () => {
    const [first] = stream(1, () => true);
    if (first === undefined) throw new Error('no message');
    const tail = Array.from({ length: maxUnsignedBetween + 1 }, () => reply());
    expect(judged([first, ...tail.slice(1)])).toBe('open');
    expect(judged([first, ...tail])).toBe('FORMERR');
  });

  test('fails when a message is changed, left out, doubled or moved, signed or not', () => {
    const messages = stream(9, index => index % 4 === 0);
    expect(judged(messages)).toBe('good');
    for (let index = 0; index < 9; index += 1) {
      const without = messages.filter((_, other) => other !== index);
      // Without the last messages the stream is merely not over.
      expect(judged(without)).not.toBe('good');
      const doubled = messages.flatMap((octets, other) => (other === index ? [octets, octets] : [octets]));
      expect(judged(doubled)).not.toBe('good');
      const changed = messages.map((octets, other) => {
        const copy = octets.slice();
        if (other === index) copy[3] = (copy[3] ?? 0) ^ 0x80;
        return copy;
      });
      expect(judged(changed)).toBe('BADSIG');
    }
  });

  test('fails on an error in a later message, which no MAC covers', () => {
    const [first, second] = stream(2, () => true);
    if (first === undefined || second === undefined) throw new Error('no messages');
    const changed = second.slice();
    changed[changed.length - 3] = 18;
    expect(judged([first, changed])).toBe('FORMERR');
  });

  test('fails when its first message is not signed, and goes on failing', () => {
    const verifier = new TsigStreamVerifier(key, mac);
    expect(verifier.feed(reply(), nowSeconds).kind).toBe('failed');
    expect(verifier.feed(signTsigResponse(reply(), key, mac, at).octets, nowSeconds).kind).toBe('failed');
    expect(verifier.end()).not.toBeNull();
    expect(new TsigStreamVerifier(key, mac).end()).not.toBeNull();
  });

  test('is judged by the clock at every signature', () => {
    const [first, second] = stream(2, () => true);
    const verifier = new TsigStreamVerifier(key, mac);
    expect(verifier.feed(first ?? query, nowSeconds).kind).toBe('verified');
    expect(verifier.feed(second ?? query, nowSeconds + 1000)).toMatchObject({
      kind: 'failed',
      error: 'BADTIME',
    });
  });
});

describe('a key', () => {
  test.each([
    [`hmac-sha512:My.Key:${secret}`, 'my.key.', 'hmac-sha512', null],
    [`my.key.:${secret}`, 'my.key.', 'hmac-sha256', null],
    [`HMAC-SHA384-192:my.key:${secret}`, 'my.key.', 'hmac-sha384', 24],
  ])('reads from %s', (text, name, algorithm, macOctets) => {
    expect(parseTsigKey(text)).toMatchObject({ name, algorithm, macOctets });
    expect(parseTsigKey(text).secret.reveal()).toBe(secret);
  });

  test.each([
    ['hmac-md5:k:AAAA', 'no algorithm of TSIG is called "hmac-md5"'],
    ['hmac-sha256:k:not base64!', 'the secret of the TSIG key "k" is not base64'],
    ['hmac-sha256:k:', 'the secret of the TSIG key "k" is not base64'],
    ['k', '2 or 3 parts'],
    ['a:b:c:d', '2 or 3 parts'],
    ['hmac-sha256-8:k:AAAA', 'a MAC of 1 octets, 16 to 32 are allowed'],
  ])('does not read from %s', (text, sentence) => {
    expect(() => parseTsigKey(text)).toThrow(sentence);
  });

  test('never shows its secret, nor does an error about it', () => {
    expect(inspect(key) + JSON.stringify(key) + String(key.secret)).not.toContain(secret);
    const wrong = `${secret}!`;
    expect(() => parseTsigKey(`hmac-sha256:k:${wrong}`)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(secret) }),
    );
  });

  test('reads from a key file, comments and several keys', () => {
    const text = `# made by tsig-keygen
key "first" { algorithm hmac-sha256; secret "${secret}"; }; // here
/* another
   one */ key second. {
	secret ${secret};
	algorithm hmac-sha512-256;
};`;
    expect(parseTsigKeyFile(text)).toMatchObject([
      { name: 'first.', algorithm: 'hmac-sha256', macOctets: null },
      { name: 'second.', algorithm: 'hmac-sha512', macOctets: 32 },
    ]);
  });

  test.each([
    ['', 'no key statement'],
    ['key "a" { algorithm hmac-sha256; };', 'lacks its algorithm or its secret'],
    ['options { };', '"key" was expected'],
    ['key "a" { algorithm hmac-sha256 secret "AAAA"; };', 'was expected'],
    ['key "a" { algorithm hmac-sha256; secret "AAAA";', '"}" was expected'],
  ])('does not read from the file %j', (text, sentence) => {
    expect(() => parseTsigKeyFile(text)).toThrow(sentence);
  });
});
