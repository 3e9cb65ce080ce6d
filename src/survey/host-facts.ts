import { type Name, parseName } from '../dns/name.ts';
import { addressesIn } from '../resolver/frame.ts';
import type { Resolution } from '../resolver/resolution.ts';
import type { Resolver } from '../resolver/resolver.ts';
import { signalOption } from './ask.ts';
import type { HostFacts } from './facts.ts';

/** What the zone of `name` says of its addresses, and the zones on the way there. Rejects only with the signal's reason. */
export async function lookUpHost(
  resolver: Resolver,
  name: Name,
  signal: AbortSignal | undefined,
): Promise<HostFacts> {
  const both = await Promise.all(
    ['A', 'AAAA'].map(type => resolver.resolve({ name, type }, signalOption(signal))),
  );
  const addresses = both.flatMap(addressesIn);
  const failure = both.find(({ kind }) => kind === 'failure');
  return {
    name,
    addresses,
    outcome:
      addresses.length > 0
        ? 'found'
        : failure !== undefined
          ? 'failure'
          : both[0]?.kind === 'nxdomain'
            ? 'nxdomain'
            : 'nodata',
    cause: addresses.length === 0 && failure?.kind === 'failure' ? failure.cause : null,
    reason: addresses.length === 0 && failure?.kind === 'failure' ? failure.reason : null,
    packets: both.reduce((sum, { queries }) => sum + queries, 0),
    alias: aliasOf(name, both),
    zones: [...new Set(both.flatMap(({ hops }) => hops.map(({ zone }) => zone)))],
  };
}

function aliasOf(name: Name, found: readonly Resolution[]): Name | null {
  const rrsets = found.flatMap(resolution =>
    resolution.kind === 'failure' ? (resolution.rrsets ?? []) : resolution.rrsets,
  );
  const [target] = rrsets.find(rrset => rrset.owner === name && rrset.type === 'CNAME')?.data ?? [];
  return target === undefined ? null : parseName(target);
}
