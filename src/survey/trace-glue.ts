import { isAtOrBelow, labelCount, type Name } from '../dns/name.ts';
import { addressesIn } from '../resolver/frame.ts';
import type { RootHints } from '../resolver/hints.ts';
import type { Level } from '../resolver/level.ts';
import type { Limits } from '../resolver/limits.ts';
import { createResolver, type Resolver } from '../resolver/resolver.ts';
import type { Trace } from '../resolver/trace.ts';
import type { World } from '../world/world.ts';

/** The addresses of one name server as the parent has them, and as the servers of the name itself do. */
export interface GlueComparison {
  readonly zone: Name;
  readonly name: Name;
  /** The parent's, sorted. */
  readonly glue: readonly string[];
  /** Those of the name's own zone, sorted; null when they cannot be found. */
  readonly authoritative: readonly string[] | null;
  /** `incomplete`: the parent has fewer, all good. `wrong`: it has one that the name's own zone has not. */
  readonly verdict: 'same' | 'incomplete' | 'wrong' | 'unknown';
}

/** How glue is compared. */
export interface GlueOptions {
  readonly hints: RootHints;
  /** The port of every server; 53 unless given. */
  readonly port?: number;
  readonly limits?: Partial<Limits>;
  /** What is not found when it is aborted is `unknown`. */
  readonly signal?: AbortSignal;
}

/**
 * Compares the glue that `trace` met with what the names' own servers say (RFC 9471, RFC 1912 section 2.3).
 *
 * Every zone counts but the root and, unless the walk ends there, the top-level domains: their registries compare it, and
 * there would be dozens of questions for nothing. Never rejects.
 */
export async function compareGlue(
  world: World,
  trace: Trace,
  options: GlueOptions,
): Promise<readonly GlueComparison[]> {
  const resolver = createResolver(world, {
    hints: options.hints,
    port: options.port ?? 53,
    limits: options.limits ?? {},
  });
  const levels = trace.levels.filter(
    (level, at) => at > 0 && (labelCount(level.zone) > 1 || at === trace.levels.length - 1),
  );
  const compared = levels.flatMap(level =>
    [...gluedNames(level)].map(([name, glue]) =>
      isAnswered(level) || !isAtOrBelow(name, level.zone)
        ? compareOne(resolver, level.zone, name, glue, options.signal)
        : unknown(level.zone, name, glue),
    ),
  );
  return await Promise.all(compared);
}

/** Whether any server of the level answered: those that did not a moment ago need not be waited for again. */
function isAnswered({ servers }: Level): boolean {
  return servers.some(({ exchange }) => exchange?.kind === 'response');
}

function unknown(zone: Name, name: Name, glue: readonly string[]): GlueComparison {
  return { zone, name, glue, authoritative: null, verdict: 'unknown' };
}

/** The names whose addresses the level above gave, with them. */
function gluedNames(level: Level): ReadonlyMap<Name, readonly string[]> {
  const names = new Map<Name, readonly string[]>();
  for (const { name, address, from } of level.servers) {
    if (from === 'glue' && address !== null) {
      names.set(name, [...(names.get(name) ?? []), address].sort());
    }
  }
  return names;
}

async function compareOne(
  resolver: Resolver,
  zone: Name,
  name: Name,
  glue: readonly string[],
  signal: AbortSignal | undefined,
): Promise<GlueComparison> {
  const authoritative = await addressesOf(resolver, name, signal);
  return { zone, name, glue, authoritative, verdict: verdictOn(glue, authoritative) };
}

/** Null when either family cannot be found: half of the truth would make good glue look wrong. */
async function addressesOf(
  resolver: Resolver,
  name: Name,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | null> {
  const options = signal === undefined ? {} : { signal };
  const both = (['A', 'AAAA'] as const).map(type => resolver.resolve({ name, type }, options));
  const found = await Promise.all(both).catch(() => null);
  return found === null || found.some(({ kind }) => kind === 'failure')
    ? null
    : found.flatMap(addressesIn).sort();
}

function verdictOn(
  glue: readonly string[],
  authoritative: readonly string[] | null,
): GlueComparison['verdict'] {
  if (authoritative === null) {
    return 'unknown';
  }
  if (glue.some(address => !authoritative.includes(address))) {
    return 'wrong';
  }
  return glue.length === authoritative.length ? 'same' : 'incomplete';
}
