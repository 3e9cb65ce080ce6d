import type { Name } from '../dns/name.ts';
import type { Endpoint, World } from '../world/world.ts';
import { askRecursive, type Net } from './ask.ts';
import type { View } from './view.ts';

/** What one recursive resolver said, several times: public ones are fleets whose members remember different things. */
export interface ResolverCell {
  readonly resolver: Endpoint;
  readonly samples: readonly { readonly ns: View; readonly soa: View }[];
}

/** Times that a resolver is asked in one look, each from another port, so that other members of a fleet answer. */
export const samplesPerLook = 3;

/** Asks each recursive resolver `samplesPerLook` times for `cut NS`, then `cut SOA`. */
export async function sampleResolvers(
  world: World,
  net: Net,
  cut: Name,
  signal?: AbortSignal,
): Promise<readonly ResolverCell[]> {
  return await Promise.all(
    net.recursive.map(async resolver => ({
      resolver,
      samples: await Promise.all(
        Array.from({ length: samplesPerLook }, async () => {
          const ns = await askRecursive(world, resolver, cut, 'NS', signal);
          const soa = await askRecursive(world, resolver, cut, 'SOA', signal);
          return { ns, soa };
        }),
      ),
    })),
  );
}
