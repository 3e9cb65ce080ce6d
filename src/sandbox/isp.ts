import type { Message } from '../dns/message.ts';
import type { RootHints } from '../resolver/hints.ts';
import { recursiveService } from '../resolver/recursive.ts';
import { createResolver } from '../resolver/resolver.ts';
import type { World } from '../world/world.ts';

/** The ISP's name server: recursive, with a cache, and as strict about referrals as zonecut's own resolver. */
export function recursiveIsp(
  world: World,
  options: { readonly hints: RootHints; readonly port: number },
): (query: Message) => Promise<Message | null> {
  return recursiveService(createResolver(world, options));
}
