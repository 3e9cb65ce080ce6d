import type { Name } from '../dns/name.ts';
import type { Zone } from '../dns/zone.ts';

/**
 * Where the host emulators put zones, so that the sandbox's name servers answer from them.
 *
 * A publication becomes visible after a delay, as at real hosts; each server shows the publications of one key in order.
 */
export interface NameServers {
  /**
   * Serves `zone` from each of `servers`, in place of what was published under `key` before.
   *
   * `key` tells two zones of one apex apart (`route53:Z0123`). Servers that served the key before and are not
   * in `servers` stop serving it. Throws ZC_INTERNAL for a server that the sandbox does not have.
   */
  publish(key: string, zone: Zone, servers: readonly Name[]): void;
  /** Stops serving what was published under `key`; nothing happens when that is nothing. */
  withdraw(key: string): void;
  /** Resolves when all that was published or withdrawn before this call is visible on every server. */
  settled(): Promise<void>;
}
