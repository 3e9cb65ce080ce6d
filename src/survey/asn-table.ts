import { addressText, ipv4Octets, ipv6Octets, parseAddress } from '../dns/address.ts';
import type { OriginFacts } from './facts.ts';
import { type AddressRange, isNarrower, isWithin, rangeOfPrefix } from './prefix.ts';

/** What a line of a table says. */
interface Row {
  readonly range: AddressRange;
  /** None for a range that nobody announces (AS 0, RFC 7607). */
  readonly asns: readonly number[];
}

/** How many lines a file of a table had. */
export interface AsnTableCounts {
  /** Lines with something to read; comments and empty ones are left out. */
  readonly lines: number;
  /** Lines that are no row of any format. */
  readonly odd: number;
  /** The number of the first of them; 0 for none. */
  readonly firstOdd: number;
}

/**
 * Looks addresses up in a table of origins as it is read line by line, so that a table of any size takes no memory.
 *
 * A line is `PREFIX ASN` (pyasn), `ADDRESS LENGTH ASN` (CAIDA's pfx2as), or `FIRST LAST ASN ...` with addresses or IPv4 addresses
 * as numbers (iptoasn.com), separated by tabs, blanks or commas. Several origins of one prefix are written `1_2`, `1,2` or `{1,2}`.
 * The narrowest range that holds an address counts. Comments begin with `;` or `#`.
 */
export class AsnTable {
  readonly #wanted: readonly { readonly address: string; readonly octets: Uint8Array }[];
  readonly #found = new Map<string, Row>();
  #lines = 0;
  #odd = 0;
  #firstOdd = 0;
  #number = 0;

  constructor(addresses: readonly string[]) {
    this.#wanted = addresses.map(address => ({ address, octets: parseAddress(address).octets }));
  }

  /** Another file begins: its lines are counted anew. */
  begin(): void {
    this.#lines = 0;
    this.#odd = 0;
    this.#firstOdd = 0;
    this.#number = 0;
  }

  /** Takes the next line. */
  line(text: string): void {
    this.#number += 1;
    const line = text.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) {
      return;
    }
    this.#lines += 1;
    const row = rowOf(line);
    if (row === null) {
      this.#odd += 1;
      this.#firstOdd ||= this.#number;
      return;
    }
    for (const { address, octets } of this.#wanted) {
      if (isWithin(octets, row.range)) {
        const known = this.#found.get(address);
        if (known === undefined || isNarrower(row.range, known.range)) {
          this.#found.set(address, row);
        }
      }
    }
  }

  get counts(): AsnTableCounts {
    return { lines: this.#lines, odd: this.#odd, firstOdd: this.#firstOdd };
  }

  /** What the lines so far say of the addresses; those that nobody announces are left out. */
  get origins(): readonly OriginFacts[] {
    return this.#wanted.flatMap(({ address }) => {
      const row = this.#found.get(address);
      return row === undefined || row.asns.length === 0
        ? []
        : [{ address, range: rangeText(row.range), asns: row.asns }];
    });
  }
}

function rowOf(line: string): Row | null {
  const fields = (/[\t ]/.test(line) ? line.split(/[\t ]+/) : line.split(',')).map(field =>
    field.replace(/^"(.*)"$/, '$1'),
  );
  const [one = '', two = '', three = ''] = fields;
  if (one.includes('/')) {
    return rowFrom(rangeOfPrefix(one), two);
  }
  const first = octetsOf(one);
  if (first !== null && /^\d{1,3}$/.test(two) && !/^\d+$/.test(one)) {
    return rowFrom(rangeOfPrefix(`${one}/${two}`), three);
  }
  const last = octetsOf(two);
  const isRange =
    first !== null && last !== null && first.length === last.length && Buffer.compare(first, last) <= 0;
  return isRange ? rowFrom({ first, last }, three) : null;
}

function rowFrom(range: AddressRange | null, origins: string): Row | null {
  const texts = origins.replace(/^\{(.*)\}$/, '$1').split(/[_,]/);
  if (range === null || !texts.every(text => /^(?:AS)?\d{1,10}$/i.test(text))) {
    return null;
  }
  const asns = texts.map(text => Number(text.replace(/^AS/i, '')));
  return asns.every(asn => asn < 2 ** 32) ? { range, asns: asns.filter(asn => asn > 0) } : null;
}

/** The octets of an address, or of an IPv4 address that is written as one number. */
function octetsOf(text: string): Uint8Array | null {
  if (text.includes(':')) {
    return ipv6Octets(text);
  }
  if (!/^\d{1,10}$/.test(text)) {
    return ipv4Octets(text);
  }
  const value = Number(text);
  return value < 2 ** 32
    ? Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
    : null;
}

function rangeText({ first, last }: AddressRange): string {
  return `${addressText(first)}-${addressText(last)}`;
}
