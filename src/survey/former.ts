import type { Name } from '../dns/name.ts';
import { isServerAddress, unique } from '../resolver/delegations.ts';
import { defaultLimits } from '../resolver/limits.ts';
import { mapBounded } from '../resolver/map-bounded.ts';
import type { World } from '../world/world.ts';
import { type Net, signalOption } from './ask.ts';
import { Asker } from './asker.ts';
import type { FormerFacts } from './facts.ts';

/** A server that the cut was delegated to. */
export interface FormerServer {
  readonly name: Name;
  /** Where it was; looked up when there are none. */
  readonly addresses: readonly string[];
  /** The run that moved the cut away from it; null where somebody named it. */
  readonly run: string | null;
  /** Whether that run knew the zone there, so that it has to answer while caches lead to it. */
  readonly held: boolean;
  /** Milliseconds since 1970 at which no cache leads there any more; null where it is not known when the cut moved away. */
  readonly untilMs: number | null;
}

/**
 * Asks every address of servers that a cut was delegated to for its SOA and NS, all at once.
 *
 * At most `maxServersPerCut` servers and `maxAddressesPerServer` addresses of each. Rejects only with the signal's reason.
 */
export async function askFormer(
  world: World,
  net: Net,
  cut: Name,
  servers: readonly FormerServer[],
  signal?: AbortSignal,
): Promise<readonly FormerFacts[]> {
  const { maxServersPerCut, maxAddressesPerServer, maxTraceInFlight } = defaultLimits;
  const asker = new Asker(world, { port: net.port, limits: defaultLimits, signal });
  const found = await mapBounded(servers.slice(0, maxServersPerCut), maxTraceInFlight, async server => {
    const { name, addresses, run, held, untilMs } = server;
    const known =
      addresses.length > 0 ? addresses : await net.resolver.addressesOf(name, signalOption(signal));
    const few = unique(known).filter(isServerAddress).slice(0, maxAddressesPerServer);
    return await Promise.all(
      few.map(async (address): Promise<FormerFacts> => {
        const [soa, ns] = await Promise.all([
          asker.ask({ name, address }, cut, cut, 'SOA'),
          asker.ask({ name, address }, cut, cut, 'NS'),
        ]);
        return { name, address, run, held, untilMs, soa: soa.seen, ns: ns.seen };
      }),
    );
  });
  return found.flat();
}
