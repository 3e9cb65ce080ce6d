import { isAtOrBelow, isBelow } from '../dns/name.ts';
import { type CutSurvey, cutBetween } from '../survey/survey.ts';
import { nsShown } from '../survey/view.ts';
import { serversOf } from './child-zone.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import { refuseLossAtCut } from './displaced.ts';
import { hiddenBy } from './hidden.ts';
import { refuseSharedEmpty, refuseSharedWithSecure } from './shared.ts';
import { dsProblem } from './sign.ts';

/** Throws ZC_PLAN_REFUSED when the delegation would break something, would have no effect, or is made elsewhere already. */
export function refuseWhatBreaks(survey: CutSurvey, options: DelegateOptions): void {
  const { cut, parent } = survey;
  refuseUnused(survey, options);
  const alias = parent.snapshot.rrsets.find(
    rrset => rrset.owner === cut && (rrset.type === 'CNAME' || rrset.type === 'ALIAS'),
  );
  if (alias !== undefined) {
    refuse(
      `${cut} has a ${alias.type} record (${alias.data.join(' ')}), and nothing may stand beside it (RFC 1034 section 3.6.2)`,
      `Remove the ${alias.type} or choose another name.`,
    );
  }
  if (!options.parent.capabilities.delegates) {
    refuse(
      `${options.parent.label} cannot hold NS records below the apex`,
      'Move the parent zone to a host that can.',
    );
  }
  refuseAbove(survey);
  refuseDs(survey, options);
  const hidden = hiddenBy(survey, []);
  refuseSharedEmpty(survey, options, hidden);
  refuseSharedWithSecure(survey, options, hidden);
  refuseLossAtCut(survey, options);
  refuseOtherDelegation(survey, options);
}

/** Throws ZC_PLAN_REFUSED when the world does not find the cut in the zone of the parent's account: what is written there nobody sees. */
export function refuseUnused(survey: CutSurvey, options: Pick<DelegateOptions, 'parent'>): void {
  const { cut, live, parent } = survey;
  const apex = parent.snapshot.zone.apex;
  if (live.apex !== apex) {
    refuse(
      `${options.parent.label} holds ${apex}, but the world finds no such zone: its servers are those of ${live.apex}`,
      `Delegate ${apex} to its own servers first (\`zonecut trace ${apex}\` shows what the world sees).`,
    );
  }
  const between = cutBetween(survey);
  if (between !== null) {
    refuse(
      `${between} is already a zone of its own between ${apex} and ${cut}, so NS records in ${apex} would have no effect`,
      `Name the host of ${between} with --parent.`,
    );
  }
  refuseOtherServers(survey, options);
}

/** What stands between the parent's apex and the cut can make NS records there void. */
function refuseAbove({ cut, parent }: CutSurvey): void {
  const apex = parent.snapshot.zone.apex;
  const above = parent.snapshot.rrsets.filter(
    rrset => isBelow(cut, rrset.owner) && isAtOrBelow(rrset.owner, apex),
  );
  const dname = above.find(rrset => rrset.type === 'DNAME');
  if (dname !== undefined) {
    refuse(
      `${dname.owner} has a DNAME record, which turns every name below it into another (RFC 6672 section 2.3)`,
      'Remove the DNAME or choose another name.',
    );
  }
  const higher = above.find(rrset => rrset.type === 'NS' && rrset.owner !== apex);
  if (higher !== undefined) {
    refuse(
      `${higher.owner} is delegated in ${apex} already, so NS records for ${cut} would be hidden`,
      `Name the host of ${higher.owner} with --parent.`,
    );
  }
}

/** DS that the child's keys are not: validators refuse the child, before and after a delegation. */
function refuseDs(survey: CutSurvey, options: DelegateOptions): void {
  const problem = dsProblem(survey);
  if (problem !== null) {
    refuse(
      problem,
      `\`zonecut unsign ${survey.cut} --parent ${options.parent.id}\` plans to take them away and waits their TTL; then try again.`,
    );
  }
}

/** The account must hold the zone that the world sees, not one of the same name that nothing points at. */
function refuseOtherServers(survey: CutSurvey, options: Pick<DelegateOptions, 'parent'>): void {
  const { live, parent } = survey;
  const assigned = parent.snapshot.zone.nameServers;
  if (assigned.length > 0 && !assigned.some(name => live.ns.data.some(target => target === name))) {
    refuse(
      `the world asks ${live.ns.data.join(' ')} about ${live.apex}, but ${options.parent.label} serves it at ${assigned.join(' ')}`,
      'Name the account that the world uses with --parent.',
    );
  }
}

function refuseOtherDelegation(survey: CutSurvey, options: DelegateOptions): void {
  const { cut, parent, child } = survey;
  const inAccount = parent.snapshot.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS');
  const wanted = child.zones.find(zone => options.childZoneId === null || zone.id === options.childZoneId);
  const found =
    inAccount?.data.map(String) ??
    parent.views.map(view => nsShown(view.answer, cut)).find(ns => ns !== null)?.data;
  if (found === undefined) {
    return;
  }
  const servers = wanted === undefined ? [] : serversOf(wanted, child);
  const same = found.length === servers.length && found.every(ns => servers.some(server => server === ns));
  if (inAccount !== undefined && same) {
    return;
  }
  if (inAccount === undefined && wanted !== undefined && options.child.capabilities.sharesServers) {
    return;
  }
  refuse(
    `${cut} is already delegated, to ${found.join(' ')}`,
    same
      ? `\`zonecut verify ${cut}\` tells whether it works.`
      : `\`zonecut verify ${cut}\` shows it; \`zonecut undelegate ${cut}\` takes it away first.`,
  );
}
