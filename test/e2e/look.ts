import { type Message, makeQuery } from '../../src/dns/message.ts';
import type { Name } from '../../src/dns/name.ts';
import { createResolver, type Resolver } from '../../src/resolver/resolver.ts';
import { parseTrustAnchors } from '../../src/resolver/trust-anchors.ts';
import type { Internet } from '../../src/sandbox/internet.ts';
import { nodeTransport, nodeWorld } from '../../src/world/node.ts';

type ClosableWorld = ReturnType<typeof nodeWorld>;

/** Asks the ISP's name server, as a program of the machine does. */
export async function askIsp(internet: Internet, name: Name, type: string): Promise<Message> {
  const transport = nodeTransport();
  try {
    const query = makeQuery(name, type, { recursionDesired: true });
    const exchange = await transport.exchange(query, internet.resolver, { timeoutMs: 30_000 });
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
  /** Ends the watch, once it has looked `atLeast` times; 0 unless given. */
  end(atLeast?: number): Promise<{ readonly looks: number; readonly misses: readonly string[] }>;
}

/**
 * Looks `name` up from the root down every few milliseconds, past all caches, until it is ended, and notes every time at
 * which it did not give `data`.
 */
export function watchName(internet: Internet, name: Name, type: string, data: string): Watch {
  const world = nodeWorld();
  const resolver = createResolver(world, { hints: internet.hints, port: internet.port });
  return watch(world, data, async () => {
    const found = await resolver.resolve({ name, type }, { cache: false });
    return found.kind === 'answer'
      ? found.rrsets.flatMap(set => [...set.data].map(String)).join(' ')
      : found.kind;
  });
}

/** As `watchName`, as a program of the machine does it: through the ISP's name server and its cache. */
export function watchIsp(internet: Internet, name: Name, type: string, data: string): Watch {
  return watch(nodeWorld(), data, async () => {
    const { rcode, answer } = await askIsp(internet, name, type);
    return answer.length === 0 ? rcode : answer.map(record => String(record.data)).join(' ');
  });
}

function watch(world: ClosableWorld, data: string, look: () => Promise<string>): Watch {
  const misses: string[] = [];
  let looks = 0;
  let over = false;
  let least = 0;
  const watching = (async () => {
    while (!over || looks < least) {
      const shown = await look();
      looks += 1;
      if (!shown.split(' ').includes(data)) {
        misses.push(`look ${looks}: ${shown}`);
      }
      await world.clock.sleep(3);
    }
  })();
  return {
    end: async (atLeast = 0) => {
      over = true;
      least = atLeast;
      await watching;
      await world.close();
      return { looks, misses };
    },
  };
}

/** What validators saw. */
export interface ValidatorWatch {
  /** Ends the watch; `seen` has the verdicts in the order in which the resolver with a cache came to them, each once in a row. */
  end(): Promise<{
    readonly looks: number;
    readonly misses: readonly string[];
    readonly seen: readonly string[];
  }>;
}

/**
 * Has two validating resolvers, one with a cache and one without, look `name` up all the time, and notes every time at which
 * one of them finds it bogus or does not find `data`.
 */
export function watchValidators(internet: Internet, name: Name, type: string, data: string): ValidatorWatch {
  const world = nodeWorld();
  const trustAnchors = parseTrustAnchors(internet.trustAnchorsText ?? '');
  const make = (): Resolver =>
    createResolver(world, { hints: internet.hints, port: internet.port, trustAnchors });
  const misses: string[] = [];
  const seen: string[] = [];
  let looks = 0;
  let over = false;
  const watching = [true, false].map(async cache => {
    const resolver = make();
    while (!over) {
      const found = await resolver.resolve({ name, type }, { cache });
      looks += 1;
      const shown =
        found.kind === 'answer' ? found.rrsets.flatMap(set => set.data.map(String)) : [found.kind];
      const kind = found.security?.kind ?? 'none';
      if (!shown.includes(data) || kind === 'bogus') {
        misses.push(`${cache ? 'cached' : 'fresh'} look ${looks}: ${shown.join(' ')} ${kind}`);
      }
      if (cache && seen.at(-1) !== kind) {
        seen.push(kind);
      }
      await world.clock.sleep(3);
    }
  });
  return {
    end: async () => {
      over = true;
      await Promise.all(watching);
      await world.close();
      return { looks, misses, seen };
    },
  };
}
