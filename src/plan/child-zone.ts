import type { Name } from '../dns/name.ts';
import { isType } from '../dns/rrset.ts';
import type { HostedZone } from '../providers/provider.ts';
import { type CutSurvey, signingOf, snapshotOf } from '../survey/survey.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import type { Step } from './plan.ts';

/** The zone of the child's account that is used; null when one is to be made. Throws ZC_PLAN_REFUSED when that is not clear. */
export function chooseChildZone(
  survey: CutSurvey,
  options: Pick<DelegateOptions, 'child' | 'childZoneId'>,
): HostedZone | null {
  const { zones } = survey.child;
  if (options.childZoneId !== null) {
    const named = zones.find(zone => zone.id === options.childZoneId);
    if (named === undefined) {
      refuse(
        `${options.child.label} has no zone ${survey.cut} with the ID ${options.childZoneId}`,
        zones.length === 0
          ? 'Leave --zone-id out to create one.'
          : `It has ${zones.map(zone => zone.id).join(', ')}.`,
      );
    }
    return named;
  }
  if (zones.length > 1) {
    refuse(
      `${options.child.label} has ${zones.length} zones named ${survey.cut}: ${zones.map(zone => zone.id).join(', ')}`,
      'Say which one with --zone-id.',
    );
  }
  const { createsZones, zoneByHand } = options.child.capabilities;
  if (zones.length === 0 && !createsZones && zoneByHand.length === 0) {
    refuse(`${options.child.label} cannot create zones`, `Create ${survey.cut} there by hand and try again.`);
  }
  return zones[0] ?? null;
}

/** The step in which a person makes the zone, at a host that makes none by API. `foreign` are servers that it must not name. */
export function zoneByHandStep(
  cut: Name,
  { child }: Pick<DelegateOptions, 'child'>,
  foreign: readonly Name[],
): Step {
  return {
    id: 'create-zone',
    title: `by hand: make the zone ${cut} at ${child.label}`,
    why: `${child.label} makes no zones by API; nobody is sent to it yet`,
    action: {
      do: 'zone-by-hand',
      apex: cut,
      where: `whoever runs ${child.label}`,
      instructions: [
        `Make the zone ${cut}, with SOA and NS and nothing else:`,
        ...child.capabilities.zoneByHand.map(line => line.replaceAll('ZONE', cut.slice(0, -1))),
      ],
      foreign,
    },
  };
}

/** The name servers of a zone that is there: those that its host assigned, else those that it names itself. */
export function serversOf(zone: HostedZone, child: CutSurvey['child']): readonly Name[] {
  const own = snapshotOf(child, zone)?.rrsets.find(rrset => rrset.owner === zone.apex && rrset.type === 'NS');
  return zone.nameServers.length > 0 || own === undefined || !isType(own, 'NS') ? zone.nameServers : own.data;
}

/** Whether the host of `zone` says that it signs it, or is about to. */
export function isSigned(survey: CutSurvey, zone: HostedZone): boolean {
  const signing = signingOf(survey, zone);
  return signing !== null && signing.state !== 'unsigned';
}
