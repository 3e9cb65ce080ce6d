import { isAddress, parseAddress } from '../dns/address.ts';

/** Addresses from `first` to `last`, both of them in it; octets of one family. */
export interface AddressRange {
  readonly first: Uint8Array;
  readonly last: Uint8Array;
}

/** The addresses of a prefix such as `192.0.2.0/24` or `2001:db8::/32`; null for anything else. */
export function rangeOfPrefix(text: string): AddressRange | null {
  const [address = '', length = '', more] = text.split('/');
  if (more !== undefined || !isAddress(address) || !/^\d{1,3}$/.test(length)) {
    return null;
  }
  const { octets } = parseAddress(address);
  const bits = Number(length);
  return bits > octets.length * 8
    ? null
    : {
        first: octets.map((octet, at) => octet & maskAt(bits, at)),
        last: octets.map((octet, at) => octet | (~maskAt(bits, at) & 0xff)),
      };
}

/** Octet `at` of the mask of a prefix of `bits`. */
function maskAt(bits: number, at: number): number {
  const here = Math.min(8, Math.max(0, bits - 8 * at));
  return (0xff << (8 - here)) & 0xff;
}

/** Whether an address is in a range; false for another family. */
export function isWithin(octets: Uint8Array, { first, last }: AddressRange): boolean {
  return (
    octets.length === first.length && Buffer.compare(octets, first) >= 0 && Buffer.compare(octets, last) <= 0
  );
}

/** Whether `one` is more specific than `other`, where both hold one address. */
export function isNarrower(one: AddressRange, other: AddressRange): boolean {
  const byFirst = Buffer.compare(one.first, other.first);
  return byFirst === 0 ? Buffer.compare(one.last, other.last) < 0 : byFirst > 0;
}
