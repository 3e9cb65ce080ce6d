import { readFile } from 'node:fs/promises';
import type { ApplyOptions } from '../apply/context.ts';
import { isAtOrBelow, type Name } from '../dns/name.ts';
import { takingTurns } from '../engine/zone-lock.ts';
import { isZonecutError, ZonecutError } from '../error.ts';
import type { Parties } from '../plan/plan.ts';
import type { Driver, Settings } from '../providers/driver.ts';
import type { Provider } from '../providers/provider.ts';
import { driverNamed, drivers, foundAccounts } from '../providers/registry.ts';
import { durationText } from '../report/paint.ts';
import { enclosingZone } from '../survey/survey.ts';
import { nodePrograms } from '../world/program.ts';
import type { Wait, World } from '../world/world.ts';
import type { Context } from './context.ts';

/** Providers that are open, to be closed together. */
export interface OpenHosts {
  open(id: string): Promise<Provider>;
  closeAll(): Promise<void>;
}

/** What drivers read their credentials from. */
export function settingsOf(context: Context): Settings {
  return {
    environment: context.environment,
    readFile: path => readFile(path, 'utf8').catch(() => null),
    startProgram: nodePrograms,
  };
}

/** Opens each host once, however often it is asked for. */
export function openHosts(context: Context): OpenHosts {
  const opened = new Map<string, Promise<Provider>>();
  const openDriver = async (driver: Driver): Promise<Provider> => {
    const open = await driver.load();
    const told = (more: string): World => ({
      ...context.world,
      onWait: wait => showWait(context, wait, more),
    });
    const provider = await open(told(` (docs/providers/${pageOf(driver)}.md)`), settingsOf(context));
    return takingTurns(told(''), provider, context.stateFolder);
  };
  return {
    open: id => {
      const driver = driverNamed(id);
      const known = opened.get(driver.id) ?? openDriver(driver);
      opened.set(driver.id, known);
      return known;
    },
    closeAll: async () => {
      const settled = await Promise.allSettled(opened.values());
      await Promise.allSettled(
        settled.flatMap(result => (result.status === 'fulfilled' ? (result.value.close?.() ?? []) : [])),
      );
    },
  };
}

/** The page of a host: accounts of one host share one, and so do all programs that stand for hosts. */
function pageOf({ id }: Driver): string {
  const kind = id.replace(/:.*/s, '');
  return kind === 'lexicon' ? 'exec' : kind;
}

/** A command that stands still for a host says for how long, and why. */
function showWait({ terminal }: Context, { ms, why }: Wait, more: string): void {
  terminal.note(`${terminal.paint.signs.busy} waiting ${durationText(ms / 1000)}: ${why}${more}\n`);
}

/** Opens the hosts of a plan, each once. */
export async function openParties(hosts: OpenHosts, parties: Parties): Promise<ApplyOptions['providers']> {
  const { parent, child, old } = parties;
  return {
    parent: await hosts.open(parent.id),
    child: child === null ? null : await hosts.open(child.id),
    old: old === null ? null : await hosts.open(old.id),
  };
}

/**
 * The host of the zone above `cut`: the one named, else the one account that holds a zone above it which the world uses.
 *
 * Throws ZC_ZONE_NOT_FOUND when no account has one, ZC_USAGE when several have.
 */
export async function parentHost(
  context: Context,
  hosts: OpenHosts,
  cut: Name,
  named: string | undefined,
): Promise<Provider> {
  const said = named ?? context.config.parent;
  if (said !== undefined) {
    return await hosts.open(said);
  }
  const found = await foundAccounts(settingsOf(context));
  const holders: Provider[] = [];
  for (const { driver } of found) {
    const provider = await hosts.open(driver);
    if (await holdsZoneAbove(context, provider, cut)) {
      holders.push(provider);
    }
  }
  const [only, second] = holders;
  if (second !== undefined) {
    throw new ZonecutError(
      'ZC_USAGE',
      `${holders.map(host => host.label).join(' and ')} both hold a zone above ${cut}`,
      {
        hint: 'Say which one the world uses with --parent.',
      },
    );
  }
  if (only === undefined) {
    const looked =
      found.length === 0
        ? 'no account of any host was found'
        : `none of your accounts (${found.map(({ driver }) => driver).join(', ')}) holds a zone above ${cut}`;
    throw new ZonecutError('ZC_ZONE_NOT_FOUND', looked, {
      hint: '`zonecut hosts` shows what was looked for; say which one with --parent.',
    });
  }
  return only;
}

async function holdsZoneAbove(context: Context, provider: Provider, cut: Name): Promise<boolean> {
  try {
    const zone = await enclosingZone(provider, cut, context.signal);
    const live = await context.net.resolver.zoneOf(zone.apex, { cache: false, signal: context.signal });
    return (
      live.kind !== 'failure' &&
      live.apex === zone.apex &&
      isAtOrBelow(cut, zone.apex) &&
      (zone.nameServers.length === 0 ||
        zone.nameServers.some(name => live.ns.data.some(target => target === name)))
    );
  } catch (error) {
    if (isZonecutError(error, 'ZC_ZONE_NOT_FOUND', 'ZC_PLAN_REFUSED')) {
      return false;
    }
    throw error;
  }
}

/** The child's host: the one named. Throws ZC_USAGE when none is. */
export async function childHost(hosts: OpenHosts, named: string | undefined): Promise<Provider> {
  if (named === undefined) {
    const makers = drivers.filter(driver => driver.capabilities.createsZones).map(driver => driver.id);
    throw new ZonecutError('ZC_USAGE', 'which host shall hold the new zone is not said', {
      hint: `Name it with --child: ${makers.join(' or ')}.`,
    });
  }
  return await hosts.open(named);
}

/**
 * The first of your accounts that holds the zone of `cut` which `servers` serve; null when none does.
 */
export async function hostServing(
  context: Context,
  hosts: OpenHosts,
  cut: Name,
  servers: readonly Name[],
): Promise<Provider | null> {
  if (servers.length === 0) {
    return null;
  }
  for (const { driver } of await foundAccounts(settingsOf(context))) {
    const provider = await hosts.open(driver);
    const zones = await provider.findZones(cut, { signal: context.signal });
    if (zones.some(zone => zone.nameServers.some(name => servers.some(server => server === name)))) {
      return provider;
    }
  }
  return null;
}

/** Refuses to begin with credentials that are no good or may not do what is needed. Changes nothing. */
export async function checkRights(
  context: Context,
  parent: Provider,
  parentZone: Parameters<Provider['rights']>[0],
  child: Provider | null,
  needs: { readonly createZone: boolean; readonly cut: Name },
): Promise<void> {
  const call = { signal: context.signal };
  await Promise.all([parent.whoAmI(call), child?.whoAmI(call)]);
  const [above, below] = await Promise.all([
    parent.rights(parentZone, { ...call, owner: needs.cut }),
    child?.rights(null, call),
  ]);
  if (above.writeRecords === 'no') {
    throw new ZonecutError(
      'ZC_RIGHTS',
      `${parent.label} does not let these credentials write records into ${parentZone?.apex}`,
      {
        hint: 'Give them the right to change records of that zone; nothing was touched.',
      },
    );
  }
  if (needs.createZone && below?.createZones === 'no') {
    throw new ZonecutError('ZC_RIGHTS', `${child?.label} does not let these credentials create zones`, {
      hint: 'Give them that right, or create the zone by hand and try again; nothing was touched.',
    });
  }
}
