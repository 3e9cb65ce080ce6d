import { type Message, makeQuery } from '../../src/dns/message.ts';
import type { Name } from '../../src/dns/name.ts';
import { createResolver } from '../../src/resolver/resolver.ts';
import type { Internet } from '../../src/sandbox/internet.ts';
import { nodeTransport, nodeWorld } from '../../src/world/node.ts';

/** Asks the ISP's name server, as a program of the machine does. */
export async function askIsp(internet: Internet, name: Name, type: string): Promise<Message> {
  const transport = nodeTransport();
  try {
    const query = makeQuery(name, type, { recursionDesired: true });
    const exchange = await transport.exchange(query, internet.resolver, { timeoutMs: 5000 });
    if (exchange.kind !== 'response') {
      throw new Error(`the ISP says nothing about ${name} ${type}: ${exchange.kind}`);
    }
    return exchange.message;
  } finally {
    await transport.close();
  }
}

/** What a watch saw. */
export interface Watch {
  /** Ends the watch. */
  end(): Promise<{ readonly looks: number; readonly misses: readonly string[] }>;
}

/**
 * Looks `name` up from the root down every few milliseconds, past all caches, until it is ended, and notes every time at
 * which it did not give `data`.
 */
export function watchName(internet: Internet, name: Name, type: string, data: string): Watch {
  const world = nodeWorld();
  const resolver = createResolver(world, { hints: internet.hints, port: internet.port });
  const misses: string[] = [];
  let looks = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      const found = await resolver.resolve({ name, type }, { cache: false });
      looks += 1;
      const shown =
        found.kind === 'answer'
          ? found.rrsets.flatMap(set => [...set.data].map(String)).join(' ')
          : found.kind;
      if (!shown.split(' ').includes(data)) {
        misses.push(`look ${looks}: ${shown}`);
      }
      await world.clock.sleep(3);
    }
  })();
  return {
    end: async () => {
      over = true;
      await watching;
      await world.close();
      return { looks, misses };
    },
  };
}
