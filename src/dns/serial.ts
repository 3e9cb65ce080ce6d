/** Half of the space of serial numbers of 32 bits. */
const half = 0x80000000;

/**
 * Negative, zero or positive as serial number `a` is before, is, or is after `b` (RFC 1982 section 3.2); both 0 to 2^32 - 1.
 *
 * Numbers exactly 2^31 apart have no order: NaN, with which every comparison is false.
 */
export function compareSerials(a: number, b: number): number {
  if (a === b) return 0;
  const ahead = (a - b + 2 * half) % (2 * half);
  if (ahead === half) return Number.NaN;
  return ahead < half ? 1 : -1;
}

/** Whether serial number `a` comes after `b` (RFC 1982 section 3.2). */
export function serialAfter(a: number, b: number): boolean {
  return compareSerials(a, b) > 0;
}
