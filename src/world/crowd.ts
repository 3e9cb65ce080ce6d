import { worldLimits } from './limits.ts';

/** Why a query over UDP got no answer: too many were under way, or the answer came too late to be sent. */
export type DropReason = 'crowded' | 'late';

/** The bounds of a `Crowd`. */
export interface CrowdLimits {
  /** Queries under way. */
  readonly maxPending?: number | undefined;
  /** Queries of one client under way. Unless given 1000, and no fewer than all for clients on loopback. */
  readonly maxPendingPerClient?: number | undefined;
  /** Milliseconds after which an answer is not sent any more. Unless given 1900, and no end for clients on loopback. */
  readonly maxAnswerAgeMs?: number | undefined;
}

/**
 * The clients that wait for answers over UDP.
 *
 * Whoever forges the address of a victim in many queries, each made to take long, could have all answers arrive there at one
 * moment (DNSBomb, CVE-2024-33655): so few of one client wait at once, and what is late is not sent. Nobody can forge an
 * address on loopback from elsewhere.
 */
export class Crowd {
  readonly #limits: CrowdLimits;
  readonly #byClient = new Map<string, number>();
  #pending = 0;

  constructor(limits: CrowdLimits) {
    this.#limits = limits;
  }

  /** Takes a query of `address` in; false when there is no room for it. Who was taken in leaves once. */
  enter(address: string): boolean {
    const { maxPending = worldLimits.maxPendingUdp } = this.#limits;
    const local = isLocal(address) ? maxPending : worldLimits.maxPendingPerClient;
    const { maxPendingPerClient = local } = this.#limits;
    const ofClient = this.#byClient.get(address) ?? 0;
    if (this.#pending >= maxPending || ofClient >= maxPendingPerClient) {
      return false;
    }
    this.#pending += 1;
    this.#byClient.set(address, ofClient + 1);
    return true;
  }

  /** Takes it that a query of `address` has its answer. */
  leave(address: string): void {
    this.#pending -= 1;
    const left = (this.#byClient.get(address) ?? 1) - 1;
    if (left === 0) {
      this.#byClient.delete(address);
    } else {
      this.#byClient.set(address, left);
    }
  }

  /** Whether an answer to `address` is too old to be sent when it took `ageMs`. */
  isLate(address: string, ageMs: number): boolean {
    const usual = isLocal(address) ? Number.POSITIVE_INFINITY : worldLimits.maxAnswerAgeMs;
    return ageMs > (this.#limits.maxAnswerAgeMs ?? usual);
  }
}

/** Whether an address as the kernel writes it is one of loopback. */
function isLocal(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
