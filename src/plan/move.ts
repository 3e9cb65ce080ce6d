import type { Name } from '../dns/name.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import type { HostedZone, RRsetChange, ZoneSnapshot } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { chooseChildZone, serversOf } from './child-zone.ts';
import { refuse } from './delegate-options.ts';
import { clampRemarks, fittingTo, ownRecords, recordCount, rrsetsText } from './fit.ts';
import { glueChanges, glueOnlyFor, isGlueOf, withoutAddress } from './glue.ts';
import { planHead } from './head.ts';
import { differencesBetween, type MoveGround, type MoveOptions } from './move-ground.ts';
import { signedMoveRemarks } from './move-signed.ts';
import { moveSteps } from './move-steps.ts';
import type { Plan, Remark } from './plan.ts';
import { dsProblem } from './sign.ts';

/**
 * The plan that takes the zone of `survey.cut` from one host to another without a gap: the new zone with all records, proven;
 * then both sets of name servers at the parent and at both zones; then, when no cache knows the old set alone, the new set;
 * and the old zone goes when no cache knows it any more.
 *
 * Throws ZC_PLAN_REFUSED, with a list, when the new host cannot hold what the old one answers, or holds something else.
 */
export function planMove(survey: CutSurvey, options: MoveOptions): Plan {
  const ground = groundOf(survey, options);
  const { parent, child } = survey;
  const { newZone, oldZone, oldGlue } = ground;
  return {
    ...planHead(survey, options),
    intent: { kind: 'move', cut: survey.cut, undoes: options.undoes ?? null },
    parties: {
      parent: { id: options.parent.id, label: options.parent.label },
      child: { id: options.child.id, label: options.child.label },
      old: { id: options.old.id, label: options.old.label },
    },
    observed: {
      parentZone: parent.snapshot.zone,
      parentDigest: parent.snapshot.digest,
      parentKept:
        parent.snapshot.rrsets.filter(
          rrset =>
            !oldGlue.includes(rrset) && !(rrset.owner === survey.cut && ['NS', 'DS'].includes(rrset.type)),
        ).length + parent.snapshot.otherRows.length,
      childZone: newZone,
      childDigest: snapshotOf(child, newZone)?.digest ?? null,
      oldZone: oldZone.zone,
      oldDigest: oldZone.digest,
      occluded: oldGlue,
    },
    remarks: remarksOf(ground),
    steps: moveSteps(ground),
  };
}

function groundOf(survey: CutSurvey, options: MoveOptions): MoveGround {
  const { cut, parent } = survey;
  const from = parent.snapshot.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS');
  if (from === undefined || !isType(from, 'NS')) {
    refuse(
      `${cut} is not delegated in ${parent.snapshot.zone.apex} at ${options.parent.label}`,
      `\`zonecut delegate ${cut}\` delegates it.`,
    );
  }
  refuseBroken(survey, options);
  const newZone = chooseChildZone(survey, options);
  const newServers = newServersOf(survey, options, newZone);
  const oldZone = oldZoneOf(survey, options, from, newServers);
  const oldServers = serversIn(oldZone);
  refuseForeign(survey, options, newZone, newServers, oldServers);
  refuseStrangers(survey, from, [...oldServers, ...newServers]);
  refuseShared(survey, options, oldServers);
  const records = recordsFor(survey, options, oldZone);
  const copies = copiesFor(survey, options, newZone, records);
  const own = newZone === null ? records : (snapshotOf(survey.child, newZone)?.rrsets ?? []);
  const [lost] = withoutAddress(cut, newServers, own);
  if (lost !== undefined) {
    refuse(
      `${lost} lies in what is delegated to it, and the new zone has no address for it (RFC 9471 section 2.1)`,
      `Add A or AAAA records of ${lost} to the zone first.`,
    );
  }
  const rows = parent.snapshot.rrsets;
  return {
    survey,
    options,
    from,
    newZone,
    newServers,
    oldZone,
    oldServers,
    records,
    copies,
    glue: glueChanges(cut, newServers, own, rows, options.parent.capabilities),
    oldGlue: glueOnlyFor(cut, oldServers, rows).filter(rrset => !isGlueOf(rrset, newServers.map(String))),
  };
}

function refuseBroken(survey: CutSurvey, { parent, child, old }: MoveOptions): void {
  const { cut } = survey;
  if (child.id === old.id) {
    refuse(`${old.label} is the host of ${cut} already`, 'Name another one with --to.');
  }
  const problem = dsProblem(survey);
  if (problem !== null) {
    refuse(problem, `Take the DS away with \`zonecut unsign ${cut} --parent ${parent.id}\`, then move.`);
  }
}

/** The servers of the zone at the new host, where it is there. On the way back of a move they are those that it had before. */
function newServersOf(
  survey: CutSurvey,
  { apexNs }: MoveOptions,
  newZone: HostedZone | null,
): readonly Name[] {
  if (newZone === null) {
    return [];
  }
  return apexNs !== undefined && namesItself(survey, newZone)
    ? apexNs.data
    : serversOf(newZone, survey.child);
}

/** Whether nothing but the zone's own NS RRset says which servers it has, so that they are another host's after a move. */
function namesItself({ cut, child }: CutSurvey, zone: HostedZone): boolean {
  const own = snapshotOf(child, zone)?.rrsets.find(({ owner, type }) => owner === cut && type === 'NS');
  const named: readonly string[] = serversOf(zone, child);
  return own !== undefined && own.data.length === named.length && own.data.every(ns => named.includes(ns));
}

/** A zone that was moved away and kept names the servers that it was moved to, which are about to be retired. On the way back its own are known. */
function refuseForeign(
  survey: CutSurvey,
  { child, old, apexNs }: MoveOptions,
  newZone: HostedZone | null,
  newServers: readonly Name[],
  oldServers: readonly Name[],
): void {
  const foreign = newServers.filter(server => oldServers.some(other => other === server));
  if (apexNs === undefined && newZone !== null && foreign.length > 0 && namesItself(survey, newZone)) {
    refuse(
      `the zone ${survey.cut} at ${child.label} names ${foreign.join(' ')}, which the zone at ${old.label} names too`,
      'Let its NS records name the servers that shall answer alone. A move that was made or begun is taken back by `zonecut undo RUN`.',
    );
  }
}

/** The zone that the world asks today. */
function oldZoneOf(
  survey: CutSurvey,
  options: MoveOptions,
  from: RRset<'NS'>,
  newServers: readonly Name[],
): ZoneSnapshot {
  const { zones, snapshots } = survey.old ?? { zones: [], snapshots: [] };
  const isAsked = (zone: HostedZone): boolean => {
    const servers = serversOf(zone, { zones, snapshots });
    return (
      from.data.some(ns => servers.some(server => server === ns)) ||
      // Half a way back: the parent names the new servers alone already.
      (zones.length === 1 && from.data.every(ns => newServers.some(server => server === ns)))
    );
  };
  const asked = zones.filter(isAsked);
  const snapshot = snapshots.find(({ zone }) => zone.id === asked[0]?.id);
  if (snapshot === undefined || asked.length > 1) {
    refuse(
      asked.length > 1
        ? `${options.old.label} has ${asked.length} zones ${survey.cut} that the parent names`
        : `${survey.cut} is delegated to ${from.data.join(' ')}, and ${options.old.label} has no such zone on these servers`,
      'Name the host that holds it today with --from.',
    );
  }
  return snapshot;
}

function serversIn(snapshot: ZoneSnapshot): readonly Name[] {
  return serversOf(snapshot.zone, { zones: [snapshot.zone], snapshots: [snapshot] });
}

function refuseStrangers({ cut }: CutSurvey, from: RRset<'NS'>, known: readonly Name[]): void {
  const strangers = from.data.filter(ns => !known.some(server => server === ns));
  if (strangers.length > 0) {
    refuse(
      `${cut} is delegated to ${strangers.join(' ')} too, which are neither the old host's nor the new one's`,
      'A third host would go on serving what nobody changes any more. Take its name servers out of the delegation first.',
    );
  }
}

/**
 * Where the old zone is served by the parent's own servers, nobody sees the new delegation before that zone is gone, and
 * whoever remembers its NS set then takes the referral for a lame server, unless the zone itself names the new servers first.
 */
function refuseShared(
  { cut, live }: CutSurvey,
  { parent, child, old }: MoveOptions,
  oldServers: readonly Name[],
): void {
  const shared = oldServers.filter(server => live.ns.data.some(ns => ns === server));
  if (shared.length > 0 && !old.capabilities.writesApexNs) {
    refuse(
      `${shared.join(' ')} serve ${live.apex} too, so they answer from the zone ${cut} until it is deleted (RFC 1034 section 4.3.2), and ${old.label} cannot let that zone name the new servers`,
      `Go by way of ${live.apex}, where no name fails in between: \`zonecut undelegate ${cut} --parent ${parent.id} --child ${old.id}\` carries the records back, then \`zonecut delegate ${cut} --parent ${parent.id} --child ${child.id}\`.`,
    );
  }
}

/** What the new zone shall hold of the old one. */
function recordsFor(
  { cut }: CutSurvey,
  { child, old }: MoveOptions,
  snapshot: ZoneSnapshot,
): readonly RRset[] {
  const fitting = fittingTo(child.capabilities, cut, ownRecords(snapshot));
  const stuck = [...fitting.stuck, ...snapshot.otherRows.map(row => row.text)];
  if (stuck.length > 0) {
    refuse(
      `${child.label} cannot hold what ${old.label} answers for ${cut}: ${stuck.join('; ')}`,
      'Replace these records by plain ones first, or choose another host.',
    );
  }
  const most = child.capabilities.maxRecords;
  const count = recordCount(fitting.rrsets);
  if (most !== null && count > most) {
    refuse(`${cut} holds ${count} records; ${child.label} allows ${most}`, 'Choose another host.');
  }
  return fitting.rrsets;
}

/** What is written into the new zone before anybody is sent there. */
function copiesFor(
  survey: CutSurvey,
  options: MoveOptions,
  newZone: HostedZone | null,
  records: readonly RRset[],
): readonly RRsetChange[] {
  const snapshot = snapshotOf(survey.child, newZone);
  if (snapshot === null) {
    return records.map(to => ({ owner: to.owner, type: to.type, from: null, to }));
  }
  const changes = differencesBetween(ownRecords(snapshot), records);
  if (options.onDifference === 'keep') {
    return [];
  }
  // Records that it lacks are filled in, as in a zone that was made by hand; what is there is not touched.
  const others = changes.filter(({ from }) => from !== null);
  if (others.length > 0 && options.onDifference !== 'follow') {
    const lines = others.slice(0, 10).map(changeText);
    const more = others.length > lines.length ? ` and ${others.length - lines.length} more` : '';
    refuse(
      `the zone ${survey.cut} is in ${options.child.label} already and differs from that at ${options.old.label}: ${lines.join('; ')}${more}`,
      'Make both equal, or delete the one that nothing points at.',
    );
  }
  return changes;
}

function changeText({ owner, type, from, to }: RRsetChange): string {
  const side = (rrset: RRset | null): string =>
    rrset === null ? 'not there' : `${rrset.ttl} ${rrset.data.join(' | ')}`;
  return `${owner} ${type} is ${side(from)} there, ${side(to)} at the old host`;
}

function remarksOf(ground: MoveGround): readonly Remark[] {
  const { survey, options, newZone, oldZone, records, copies } = ground;
  const { child, old, parent } = options;
  const fitting = fittingTo(child.capabilities, survey.cut, ownRecords(oldZone));
  const note = (text: string): Remark => ({ severity: 'note', text });
  return [
    ...signedMoveRemarks(ground),
    ...clampRemarks(fitting, child.label, child.capabilities),
    ...(newZone === null
      ? []
      : [
          note(
            `the zone ${survey.cut} is in ${child.label} already (${newZone.id}, ${records.length - copies.length} of ${rrsetsText(records.length)} of the old one) and is used`,
          ),
        ]),
    ...[child, old]
      .filter(host => !host.capabilities.writesApexNs)
      .map(host =>
        note(
          `${host.label} does not let the NS records of a zone's apex be changed: the zone there goes on naming its own servers, and their TTL is waited out`,
        ),
      ),
    ...noWayBack(ground),
    ...parent.capabilities.cautions.map((text): Remark => ({ severity: 'warning', text })),
  ];
}

/** Where a later move away, and so `undo`, would be refused; see `refuseShared`. */
function noWayBack({ survey, options, newServers }: MoveGround): readonly Remark[] {
  const { child, parent } = options;
  const { sharesServers, writesApexNs } = child.capabilities;
  const named = newServers.some(server => survey.live.ns.data.some(ns => ns === server));
  return !writesApexNs && (named || (sharesServers && child.id === parent.id))
    ? [
        {
          severity: 'warning',
          text: `${child.label} can serve ${survey.cut} from the servers of ${survey.live.apex}, and lets no zone name others: from there it is moved away, or this move taken back, only by way of ${survey.live.apex} (\`zonecut undelegate\`, then \`zonecut delegate\`)`,
        },
      ]
    : [];
}
