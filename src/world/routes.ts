import { isIP } from 'node:net';
import { specialRange } from '../dns/address.ts';
import { worldLimits } from './limits.ts';
import type { Exchange } from './world.ts';

/** Addresses in a row without a route after which the machine counts as having no Internet of that family. */
const addressesUntilMissing = 2;

/** Where queries come from: an address of this machine for each family; the system chooses where none is given. */
export interface SourceAddresses {
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** The source for queries to `address`; undefined lets the system choose. */
export function sourceFor(source: SourceAddresses, address: string): string | undefined {
  return isIP(address) === 6 ? source.ipv6 : source.ipv4;
}

/**
 * Remembers for 30 s that a family (IPv4 or IPv6) has no route to the Internet, so that its servers are passed over at once.
 *
 * Loopback, private and other special addresses say nothing of the Internet and are never passed over.
 */
export class Routes {
  readonly #failed = new Map<number, Set<string>>();
  readonly #missingUntilMs = new Map<number, number>();

  /** Whether `address` is not worth a try at `nowMs`. */
  isMissing(address: string, nowMs: number): boolean {
    if (this.#missingUntilMs.size === 0) {
      return false;
    }
    const until = this.#missingUntilMs.get(isIP(address));
    return until !== undefined && nowMs < until && specialRange(address) === null;
  }

  /** Learns from what came of a query to `address`. */
  told(address: string, exchange: Exchange, nowMs: number): void {
    const isMissing = exchange.kind === 'unreachable' && exchange.reason === 'no-route';
    if ((!isMissing && this.#failed.size === 0) || specialRange(address) !== null) {
      return;
    }
    const family = isIP(address);
    if (!isMissing) {
      if (exchange.kind !== 'timeout') {
        this.#failed.delete(family);
      }
      return;
    }
    const failed = this.#failed.get(family) ?? new Set();
    failed.add(address);
    this.#failed.set(family, failed);
    if (failed.size >= addressesUntilMissing) {
      this.#failed.delete(family);
      this.#missingUntilMs.set(family, nowMs + worldLimits.noRouteMs);
    }
  }
}
