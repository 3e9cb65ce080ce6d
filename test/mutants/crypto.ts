import crypto, {
  type JsonWebKey,
  type JsonWebKeyInput,
  type KeyObject,
  type VerifyKeyObjectInput,
} from 'node:crypto';

const keys = new Map<string, KeyObject>();
const numbers = new WeakMap<KeyObject, number>();
const verdicts = new Map<string, boolean>();
let count = 0;

/** What `node:crypto` exports, with public keys and verdicts on signatures remembered: mutants ask for the same again and again. */
export const rememberingCrypto: typeof crypto = Object.assign(Object.create(crypto), {
  createPublicKey: (input: JsonWebKeyInput): KeyObject => {
    const text = JSON.stringify(input.key as JsonWebKey);
    const key = keys.get(text) ?? crypto.createPublicKey(input);
    keys.set(text, key);
    return key;
  },
  verify: (
    algorithm: string | null,
    data: Uint8Array,
    key: KeyObject | VerifyKeyObjectInput,
    signature: Uint8Array,
  ): boolean => {
    const object = 'key' in key ? key.key : key;
    const text = [algorithm, numberOf(object), textOf(data), textOf(signature)].join('|');
    const verdict = verdicts.get(text) ?? crypto.verify(algorithm, data, key, signature);
    verdicts.set(text, verdict);
    return verdict;
  },
});

function numberOf(key: KeyObject): number {
  const number = numbers.get(key) ?? ++count;
  numbers.set(key, number);
  return number;
}

function textOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1');
}
