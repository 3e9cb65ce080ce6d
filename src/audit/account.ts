import type { Name } from '../dns/name.ts';
import type { Provider } from '../providers/provider.ts';

/**
 * What an account has to do with delegations: every zone in it, which somebody has to delegate, and every cut of each.
 *
 * A zone that nothing delegates to shows as `delegation-missing`. One zone is read at a time. Throws what the host's calls
 * throw.
 */
export async function* cutsOfAccount(
  provider: Provider,
  signal?: AbortSignal,
): AsyncGenerator<Name, void, undefined> {
  const call = signal === undefined ? {} : { signal };
  for await (const zone of provider.listZones(call)) {
    yield zone.apex;
    const { rrsets } = await provider.readZone(zone, call);
    for (const { owner, type } of rrsets) {
      if (type === 'NS' && owner !== zone.apex) yield owner;
    }
  }
}
