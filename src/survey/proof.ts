import { type Name, parentOf } from '../dns/name.ts';
import type { Security } from '../resolver/security.ts';
import type { Endpoint, World } from '../world/world.ts';
import { askAll, askRecursive, atEachAddress, locate, type Net, signalOption } from './ask.ts';
import { type CutSurveyOptions, surveyFacts } from './cut-survey.ts';
import type { CutFacts } from './facts.ts';
import { validated } from './security.ts';
import { nsShown, type Server, type View } from './view.ts';

/** What the world shows of one cut: the parent's servers, the child's servers, and recursive resolvers. */
export interface Proof {
  readonly cut: Name;
  /** Milliseconds since 1970. */
  readonly takenAtMs: number;
  /** The zone above the cut; null when no path from the root leads there. */
  readonly parentApex: Name | null;
  /** Why the parent could not be found; null when it was. */
  readonly problem: string | null;
  /** `cut NS` at every server of the parent. */
  readonly parent: readonly View[];
  /** The name servers that the parent's servers name, all together. */
  readonly ns: readonly Name[];
  /** Those of them that have no address. */
  readonly lost: readonly Name[];
  /** `cut SOA` and `cut NS` at every address of every name server. */
  readonly child: readonly { readonly soa: View; readonly ns: View }[];
  /** What recursive resolvers say. Empty when none was asked. */
  readonly recursive: readonly { readonly resolver: Endpoint; readonly ns: View; readonly soa: View }[];
  /** The DNSSEC of the cut, and what a validator says of it today; absent where it was not asked for. */
  readonly security?: {
    /** All that the checks of `zonecut check` look at. */
    readonly facts: CutFacts;
    readonly chain: Security | null;
  };
}

/** What a proof asks. */
export interface ProofOptions {
  /** Asks recursive resolvers too. Not before both sides are ready: one that is asked too early remembers the old answer. */
  readonly recursive: 'ask' | 'leave';
  /** Asks for DS and keys too, and validates from the root, in the world that this tells of; not unless given. */
  readonly security?: Pick<CutSurveyOptions, 'hints' | 'offline'>;
  readonly signal?: AbortSignal;
}

/** Asks every server of the parent and of the child of `cut`, from the root down, and then recursive resolvers. */
export async function proveCut(world: World, net: Net, cut: Name, options: ProofOptions): Promise<Proof> {
  const { signal } = options;
  const above = await net.resolver.zoneOf(parentOf(cut) ?? cut, {
    cache: false,
    ...signalOption(signal),
  });
  const base = { cut, takenAtMs: world.clock.now() };
  if (above.kind === 'failure') {
    return {
      ...base,
      parentApex: null,
      problem: above.reason,
      parent: [],
      ns: [],
      lost: [],
      child: [],
      recursive: [],
    };
  }
  const servers = atEachAddress(above.servers);
  const parent = await askAll(world, net, servers, cut, 'NS', signal);
  const ns = [...new Set(parent.flatMap(view => nsShown(view.answer, cut)?.data ?? []))].sort();
  const located = await locate(net, ns, signal);
  const child = await viewChild(world, net, located.servers, cut, signal);
  const recursive = options.recursive === 'ask' ? await viewRecursive(world, net, cut, signal) : [];
  const security =
    options.security === undefined ? null : await securityOf(world, net, cut, options.security, signal);
  return {
    ...base,
    parentApex: above.apex,
    problem: null,
    parent,
    ns,
    lost: located.lost,
    child,
    recursive,
    ...(security === null ? {} : { security }),
  };
}

async function securityOf(
  world: World,
  net: Net,
  cut: Name,
  options: NonNullable<ProofOptions['security']>,
  signal: AbortSignal | undefined,
): Promise<NonNullable<Proof['security']>> {
  const [facts, chain] = await Promise.all([
    surveyFacts(world, net, cut, { ...options, csync: true, signal }),
    validated(net, cut, signal),
  ]);
  return { facts, chain };
}

/** `cut SOA` and `cut NS` at each of `servers`. */
export async function viewChild(
  world: World,
  net: Net,
  servers: readonly Server[],
  cut: Name,
  signal?: AbortSignal,
): Promise<Proof['child']> {
  const [soa, ns] = await Promise.all([
    askAll(world, net, servers, cut, 'SOA', signal),
    askAll(world, net, servers, cut, 'NS', signal),
  ]);
  return soa.flatMap((view, at) => {
    const other = ns[at];
    return other === undefined ? [] : [{ soa: view, ns: other }];
  });
}

/** `cut NS`, then `cut SOA`, at each recursive resolver. */
export async function viewRecursive(
  world: World,
  net: Net,
  cut: Name,
  signal?: AbortSignal,
): Promise<Proof['recursive']> {
  return await Promise.all(
    net.recursive.map(async resolver => {
      const ns = await askRecursive(world, resolver, cut, 'NS', signal);
      const soa = await askRecursive(world, resolver, cut, 'SOA', signal);
      return { resolver, ns, soa };
    }),
  );
}
