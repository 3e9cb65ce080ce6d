import { isBelow, labelCount, type Name, parentOf } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { isZonecutError, ZonecutError } from '../error.ts';
import type { HostedZone, Provider, RRsetName, ZoneSigning, ZoneSnapshot } from '../providers/provider.ts';
import type { World } from '../world/world.ts';
import { askAll, atEachAddress, distinct, type Net, signalOption } from './ask.ts';
import { type CutSecurity, viewSecurity } from './security.ts';
import { type Server, soaShown, type View } from './view.ts';

/** The zone that the world finds a name in, learned from the root down. */
export interface LiveZone {
  readonly apex: Name;
  /** The NS RRset that its parent's servers give for it. */
  readonly ns: RRset<'NS'>;
  readonly servers: readonly Server[];
}

/** The facts about one cut, as the accounts and the authoritative servers show them. */
export interface CutSurvey {
  readonly cut: Name;
  /** Milliseconds since 1970. */
  readonly takenAtMs: number;
  /** The zone above the cut, as the world finds it. */
  readonly live: LiveZone;
  /** The deepest live zone that holds the cut: the zone above it, one between, or the cut itself. */
  readonly holder: Name;
  readonly parent: {
    readonly snapshot: ZoneSnapshot;
    /** What each server of the live parent says of `cut NS`. */
    readonly views: readonly View[];
    /** The distinct SOA RRsets that they proved negative answers with, or served. */
    readonly soas: readonly RRset[];
    /** What is locked in the zone at its host; absent where the host locks nothing, or does not tell these credentials. */
    readonly locks?: readonly RRsetName[];
  };
  /** The account that the child zone leaves in a move; not there in every other survey. */
  readonly old?: {
    readonly zones: readonly HostedZone[];
    readonly snapshots: readonly ZoneSnapshot[];
  };
  readonly child: {
    /** The zones of exactly the cut's name in the child's account. */
    readonly zones: readonly HostedZone[];
    /** What is in each of them. */
    readonly snapshots: readonly ZoneSnapshot[];
  };
  readonly security: CutSecurity & {
    /** The DNSSEC of each zone of the child's account, and of the old one in a move, as far as the host tells it to these credentials. */
    readonly signings: readonly { readonly zone: HostedZone['id']; readonly signing: ZoneSigning }[];
  };
}

/** Options of a survey. */
export interface SurveyOptions {
  readonly signal?: AbortSignal;
}

/**
 * The zone of the account at `provider` that encloses `cut` most closely; the cut's own zone does not count.
 *
 * Throws ZC_PLAN_REFUSED when the cut is a zone of the account and nothing above it is, ZC_ZONE_NOT_FOUND when the
 * account has neither.
 */
export async function enclosingZone(
  provider: Provider,
  cut: Name,
  signal?: AbortSignal,
): Promise<HostedZone> {
  const call = signalOption(signal);
  for (let above = parentOf(cut); above !== null && labelCount(above) > 0; above = parentOf(above)) {
    const zones = await provider.findZones(above, call);
    const [zone, second] = zones;
    if (second !== undefined) {
      throw new ZonecutError(
        'ZC_PLAN_REFUSED',
        `${provider.label} has ${zones.length} zones named ${above}: ${zones.map(z => z.id).join(', ')}`,
        {
          hint: 'Delete or rename the ones that the world does not use, so that it is clear which one is meant.',
        },
      );
    }
    if (zone !== undefined) {
      return zone;
    }
  }
  const own = await provider.findZones(cut, call);
  if (own.length > 0) {
    throw new ZonecutError(
      'ZC_PLAN_REFUSED',
      `${cut} is the apex of a zone in ${provider.label}, and nothing above it is there`,
      {
        hint: `Name what shall be delegated below it, such as staging.${cut}`,
      },
    );
  }
  throw new ZonecutError('ZC_ZONE_NOT_FOUND', `${provider.label} has no zone that encloses ${cut}`, {
    hint: `\`zonecut hosts\` lists the zones of your accounts; choose the one that holds the zone above ${cut} with --parent.`,
  });
}

/** Finds the live zone `apex`, asking authoritative servers only; throws ZC_PLAN_REFUSED when the world does not find it. */
async function liveZone(net: Net, name: Name, signal?: AbortSignal): Promise<LiveZone> {
  const found = await net.resolver.zoneOf(name, {
    cache: false,
    ...signalOption(signal),
  });
  if (found.kind === 'failure') {
    throw new ZonecutError('ZC_PLAN_REFUSED', `no path from the root leads to ${name}: ${found.reason}`, {
      hint: `\`zonecut trace ${name}\` shows where it ends.`,
    });
  }
  return {
    apex: found.apex,
    ns: found.ns,
    servers: atEachAddress(found.servers),
  };
}

/**
 * Surveys `cut` before it is delegated or its delegation is changed: both accounts and every server of the live parent.
 *
 * Only authoritative servers are asked: a recursive resolver would remember that the name does not exist yet.
 */
export async function surveyCut(
  world: World,
  net: Net,
  cut: Name,
  hosts: { readonly parent: Provider; readonly child: Provider | null; readonly old?: Provider },
  options: SurveyOptions = {},
): Promise<CutSurvey> {
  const { signal } = options;
  const call = signalOption(signal);
  const zone = await enclosingZone(hosts.parent, cut, signal);
  const [snapshot, live, found, zones] = await Promise.all([
    hosts.parent.readZone(zone, call),
    liveZone(net, zone.apex, signal),
    net.resolver.zoneOf(cut, { cache: false, ...call }),
    hosts.child === null ? [] : hosts.child.findZones(cut, call),
  ]);
  const { child } = hosts;
  const locks = await locksOf(hosts.parent, zone, signal);
  const [views, soaViews, snapshots, signings] = await Promise.all([
    askAll(world, net, live.servers, cut, 'NS', signal),
    askAll(world, net, live.servers, zone.apex, 'SOA', signal),
    child === null ? [] : Promise.all(zones.map(own => child.readZone(own, call))),
    child === null ? [] : Promise.all(zones.map(own => readSigning(child, own, signal))),
  ]);
  const above = { apex: live.apex, servers: live.servers, ns: views };
  const security = await viewSecurity(world, net, cut, above, signal);
  const old = hosts.old === undefined ? null : await accountOf(hosts.old, cut, signal);
  const soas = [...views, ...soaViews]
    .flatMap(view => soaShown(view.answer) ?? [])
    .filter(soa => soa.owner === zone.apex);
  return {
    cut,
    takenAtMs: world.clock.now(),
    live,
    // A delegation to servers that do not answer leads nowhere; what the parent's servers say of it stands all the same.
    holder: found.kind === 'failure' ? (referredTo(views) ?? live.apex) : found.apex,
    parent: { snapshot, views, soas: distinct(soas), ...(locks === undefined ? {} : { locks }) },
    child: { zones, snapshots },
    ...(old === null ? {} : { old: { zones: old.zones, snapshots: old.snapshots } }),
    security: { ...security, signings: [...signings.flat(), ...(old?.signings ?? [])] },
  };
}

/** The zones of exactly `cut` in an account, with what is in them. */
async function accountOf(
  provider: Provider,
  cut: Name,
  signal: AbortSignal | undefined,
): Promise<CutSurvey['child'] & Pick<CutSurvey['security'], 'signings'>> {
  const call = signalOption(signal);
  const zones = await provider.findZones(cut, call);
  const [snapshots, signings] = await Promise.all([
    Promise.all(zones.map(zone => provider.readZone(zone, call))),
    Promise.all(zones.map(zone => readSigning(provider, zone, signal))),
  ]);
  return { zones, snapshots, signings: signings.flat() };
}

/** The deepest cut that a referral among `views` names; null for none. */
function referredTo(views: readonly View[]): Name | null {
  const cuts = views.flatMap(({ answer }) => (answer.kind === 'referral' ? [answer.delegation.cut] : []));
  return cuts.reduce<Name | null>((best, at) => (best === null || isBelow(at, best) ? at : best), null);
}

/** The locks in `zone`; undefined where its host has none to tell of, or not to these credentials. */
async function locksOf(
  provider: Provider,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<readonly RRsetName[] | undefined> {
  try {
    return await provider.protections?.(zone, signalOption(signal));
  } catch (error) {
    if (isZonecutError(error, 'ZC_RIGHTS')) {
      return undefined;
    }
    throw error;
  }
}

/** The DNSSEC of `zone` as its host tells it; nothing where it does not, or not to these credentials. */
async function readSigning(
  provider: Provider,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<CutSurvey['security']['signings']> {
  try {
    const signing = await provider.readSigning?.(zone, signalOption(signal));
    return signing === undefined ? [] : [{ zone: zone.id, signing }];
  } catch (error) {
    if (isZonecutError(error, 'ZC_RIGHTS')) {
      return [];
    }
    throw error;
  }
}

/** The DNSSEC of `zone`, one of the child's account; null where it is not known. */
export function signingOf({ security }: CutSurvey, zone: HostedZone): ZoneSigning | null {
  return security.signings.find(({ zone: id }) => id === zone.id)?.signing ?? null;
}

/** What is in `zone`, one of the child's account; null when there is none. */
export function snapshotOf(child: CutSurvey['child'], zone: HostedZone | null): ZoneSnapshot | null {
  return child.snapshots.find(snapshot => snapshot.zone.id === zone?.id) ?? null;
}

/** Whether the world finds a zone between the parent's apex and the cut. */
export function cutBetween(survey: CutSurvey): Name | null {
  const parentApex = survey.parent.snapshot.zone.apex;
  return isBelow(survey.holder, parentApex) && survey.holder !== survey.cut ? survey.holder : null;
}
