import type { CutFinding, Profile } from '../checks/cut/finding.ts';
import { judgeCut } from '../checks/cut/judge.ts';
import { ownAddresses, zoneNames } from '../checks/cut/sets.ts';
import { isAtOrBelow, type Name } from '../dns/name.ts';
import { isZonecutError } from '../error.ts';
import { type Mend, planMend } from '../plan/mend.ts';
import type { Provider } from '../providers/provider.ts';
import { foundAccounts } from '../providers/registry.ts';
import { askAll, atEachAddress, locate } from '../survey/ask.ts';
import type { CutFacts } from '../survey/facts.ts';
import { surveyCut } from '../survey/survey.ts';
import { version } from '../version.ts';
import { checkRights, hostServing, type OpenHosts, parentHost, settingsOf } from './accounts.ts';
import type { Context } from './context.ts';
import { delegatedTo, makeDelegatePlan, newRun } from './planning.ts';

/** Options of `check --fix` that name accounts. */
export interface MendFlags {
  readonly parent?: string;
  readonly child?: string;
}

/** What a cut looks like with the accounts beside what the world shows, and what they can do about it. */
export interface MendPlanned extends Mend {
  readonly facts: CutFacts;
  readonly findings: readonly CutFinding[];
}

/**
 * Opens the account of the zone above, and that of the zone itself where one is found, and plans what mends the findings. Nothing is
 * changed. Null when no account has to do with the cut.
 *
 * Throws what `parentHost` throws but for want of an account, unless one was named.
 */
export async function makeMendPlan(
  context: Context,
  hosts: OpenHosts,
  seen: CutFacts,
  profile: Profile,
  flags: MendFlags,
): Promise<MendPlanned | null> {
  const { world, net, signal } = context;
  const { cut } = seen;
  const parent = await parentOf(context, hosts, cut, flags);
  if (parent === null) {
    return null;
  }
  const first = await surveyCut(world, net, cut, { parent, child: null }, { signal });
  // What the account shows at and below the cut no query shows.
  const parentZone = first.parent.snapshot.rrsets.filter(({ owner }) => isAtOrBelow(owner, cut));
  const facts: CutFacts = { ...seen, parentZone };
  const findings = judgeCut(facts, { profile });
  const own = zoneNames(facts) ?? [];
  const names = [...new Set([...own, ...delegatedTo(first)])];
  const child = await childOf(context, hosts, cut, { own, names }, flags);
  if (findings.some(({ id }) => id === 'delegation-missing')) {
    return { facts, findings, ...(await delegating(context, hosts, findings, parent, child, cut)) };
  }
  const survey = child === null ? first : await surveyCut(world, net, cut, { parent, child }, { signal });
  await checkRights(context, parent, survey.parent.snapshot.zone, child, { createZone: false, cut });
  const { soaViews, nsViews } = await lookAgain(context, facts, names);
  const mend = planMend(survey, {
    run: newRun(context),
    madeBy: version,
    parent,
    child,
    facts,
    findings,
    soaViews,
    nsViews,
  });
  return { facts, findings, ...mend };
}

async function parentOf(
  context: Context,
  hosts: OpenHosts,
  cut: Name,
  flags: MendFlags,
): Promise<Provider | null> {
  try {
    return await parentHost(context, hosts, cut, flags.parent);
  } catch (error) {
    const isNamed = (flags.parent ?? flags.child) !== undefined;
    if (!isNamed && isZonecutError(error, 'ZC_ZONE_NOT_FOUND')) {
      return null;
    }
    throw error;
  }
}

/**
 * The account of the zone: the one named, else the one whose servers the zone itself names, or else the parent, else the only one that
 * has such a zone.
 */
async function childOf(
  context: Context,
  hosts: OpenHosts,
  cut: Name,
  { own, names }: { readonly own: readonly Name[]; readonly names: readonly Name[] },
  flags: MendFlags,
): Promise<Provider | null> {
  if (flags.child !== undefined) {
    return await hosts.open(flags.child);
  }
  const serving =
    (await hostServing(context, hosts, cut, own)) ?? (await hostServing(context, hosts, cut, names));
  if (serving !== null) {
    return serving;
  }
  const holding: Provider[] = [];
  for (const { driver } of await foundAccounts(settingsOf(context))) {
    const provider = await hosts.open(driver);
    if ((await provider.findZones(cut, { signal: context.signal })).length > 0) {
      holding.push(provider);
    }
  }
  const [only, second] = holding;
  return second === undefined ? (only ?? null) : null;
}

/** A zone that an account holds and nothing leads to is delegated; without one there is nothing to delegate. */
async function delegating(
  context: Context,
  hosts: OpenHosts,
  findings: readonly CutFinding[],
  parent: Provider,
  child: Provider | null,
  cut: Name,
): Promise<Mend> {
  const zones = child === null ? [] : await child.findZones(cut, { signal: context.signal });
  if (child === null || zones.length === 0) {
    return { plan: null, left: findings, why: null };
  }
  const plan = await makeDelegatePlan(context, hosts, cut, { parent: parent.id, child: child.id });
  return { plan, left: findings.filter(({ id }) => id !== 'delegation-missing'), why: null };
}

/**
 * What the servers of the cut say a moment later, also where the zone itself has the addresses of those below the cut: one that was
 * silent for a second is no reason to name it no more, and one that is nowhere none for glue.
 */
async function lookAgain(
  { world, net, signal }: Context,
  facts: CutFacts,
  names: readonly Name[],
): Promise<{
  readonly soaViews: Awaited<ReturnType<typeof askAll>>;
  readonly nsViews: Awaited<ReturnType<typeof askAll>>;
}> {
  const { cut } = facts;
  const located = await locate(net, names, signal);
  const own = names
    .filter(name => isAtOrBelow(name, cut))
    .map(name => ({ name, addresses: ownAddresses(facts, name) ?? [] }));
  const servers = [...located.servers, ...atEachAddress(own)].filter(
    ({ name, address }, at, all) =>
      all.findIndex(other => other.name === name && other.address === address) === at,
  );
  const [soaViews, nsViews] = await Promise.all([
    askAll(world, net, servers, cut, 'SOA', signal),
    askAll(world, net, servers, cut, 'NS', signal),
  ]);
  return { soaViews, nsViews };
}
