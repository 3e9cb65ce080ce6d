import type { CellState } from '../checks/grid.ts';
import type { Name } from '../dns/name.ts';
import { isType, makeRRset, type RRset } from '../dns/rrset.ts';
import { invariant, ZonecutError } from '../error.ts';
import type { NsSet, NsSource, Side, Step, ZoneSource } from '../plan/plan.ts';
import type { HostedZone, Provider } from '../providers/provider.ts';
import type { Net } from '../survey/ask.ts';
import type { Proof } from '../survey/proof.ts';
import type { Endpoint, World } from '../world/world.ts';
import type { Journal, RunState, StepResult } from './journal.ts';

/** Until when a run goes on: until the authoritative servers agree, until the resolvers that are asked do too, or until no cache can differ. */
export type Until = 'authoritative' | 'resolvers' | 'deadline';

/** What a run needs. */
export interface ApplyOptions {
  readonly net: Net;
  readonly providers: Readonly<Record<Side, Provider | null>> & { readonly parent: Provider };
  readonly journal: Journal;
  readonly until: Until;
  /** Asked before NS records and glue are written that were not known when the plan was made; `false` stops the run. */
  readonly confirmRows: (rows: readonly RRset[]) => Promise<boolean>;
  /** Milliseconds between two `waiting` events at most; 1000 unless given. Who shows no countdown wants fewer. */
  readonly tickMs?: number;
  readonly signal?: AbortSignal;
}

/** What happens during a run, for whoever shows it. */
export type ApplyEvent =
  | { readonly kind: 'step-started'; readonly step: Step }
  /** The journal says that this step was done before. */
  | { readonly kind: 'step-kept'; readonly step: Step; readonly result: StepResult }
  | { readonly kind: 'progress'; readonly step: Step; readonly text: string }
  | {
      readonly kind: 'waiting';
      readonly step: Step;
      /** Milliseconds since 1970 at which no cache holds the old answer any more. */
      readonly deadlineMs: number;
      readonly nowMs: number;
      /** What each recursive resolver has; empty when none was asked yet. */
      readonly resolvers: readonly { readonly resolver: Endpoint; readonly state: CellState }[];
    }
  /** A person has to do something: where, what, and the rows to paste. */
  | {
      readonly kind: 'manual';
      readonly step: Step;
      readonly where: string;
      readonly instructions: readonly string[];
      readonly rows: string;
    }
  | { readonly kind: 'proof'; readonly step: Step; readonly proof: Proof }
  | { readonly kind: 'step-finished'; readonly step: Step; readonly result: StepResult }
  /** All that was asked for is done; `open` when caches may still differ until `deadlineMs`. */
  | { readonly kind: 'finished'; readonly open: boolean; readonly deadlineMs: number | null };

/** A run in progress, as the performers of its steps see it. */
export interface Run {
  readonly world: World;
  readonly options: ApplyOptions;
  readonly state: RunState;
  /** Results of the steps that are finished, by step ID. */
  readonly results: Map<string, StepResult>;
}

/** Performs one step: yields what happens, returns what it leaves behind. */
export type Performance = AsyncGenerator<ApplyEvent, StepResult>;

/** The host that an action on `side` is carried out at. */
export function providerOf(run: Run, side: Side): Provider {
  const provider = run.options.providers[side];
  if (provider === null) {
    throw new ZonecutError('ZC_USAGE', `the plan changes a zone at the ${side} host, and none is given`);
  }
  return provider;
}

/** The zone that `source` stands for. */
export function zoneOfSource(run: Run, source: ZoneSource): HostedZone {
  if (source.kind === 'known') {
    return source.zone;
  }
  const zone = run.results.get(source.step)?.zone;
  invariant(zone !== undefined, `step ${source.step} left no zone`);
  return zone;
}

/** The name servers that `source` stands for. */
export function nsOfSource(run: Run, source: NsSource): readonly Name[] {
  if (source.kind === 'union') {
    return [...new Set(source.of.flatMap(one => nsOfSource(run, one)))].sort();
  }
  const servers = source.kind === 'known' ? source.servers : (run.results.get(source.step)?.ns ?? []);
  if (servers.length === 0) {
    throw new ZonecutError('ZC_STEP_FAILED', 'the child zone has no name servers', {
      hint: 'Look at the zone at its host.',
    });
  }
  return servers;
}

/** The NS RRset at `cut` with these servers. */
export function nsRRset(cut: Name, ttl: number, servers: readonly Name[]): RRset<'NS'> {
  const rrset = makeRRset(cut, 'NS', ttl, servers as readonly (Name & RRset['data'][number])[]);
  invariant(isType(rrset, 'NS'), 'an NS RRset has type NS');
  return rrset;
}

/** The NS RRset of `cut` that `set` stands for. */
export function nsOfSet(run: Run, cut: Name, set: RRset | NsSet | null): RRset | null {
  return set === null || !('ns' in set) ? set : nsRRset(cut, set.ttl, nsOfSource(run, set.ns));
}

/** The digest of the child zone as a step of this run left it; undefined when none wrote it. */
export function digestLeft(run: Run): string | undefined {
  return [...run.results.values()].findLast(result => result.digest !== undefined)?.digest;
}

/** Options of a provider's call. */
export function callOptions(run: Run): { readonly signal?: AbortSignal } {
  return run.options.signal === undefined ? {} : { signal: run.options.signal };
}

/** The servers of `zone` that the host assigned, or those that the zone itself names. */
export async function nameServersOf(
  run: Run,
  provider: Provider,
  zone: HostedZone,
): Promise<HostedZone['nameServers']> {
  if (zone.nameServers.length > 0) {
    return zone.nameServers;
  }
  const { rrsets } = await provider.readZone(zone, callOptions(run));
  const ns = rrsets.find((rrset): rrset is RRset<'NS'> => rrset.owner === zone.apex && rrset.type === 'NS');
  return ns?.data ?? [];
}
