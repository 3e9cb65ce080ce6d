import type { HostedZone } from '../provider.ts';

/** The path of a domain, with its final slash. */
export function pathOf(zone: HostedZone): string {
  return `/domains/${encodeURIComponent(zone.id)}/`;
}
