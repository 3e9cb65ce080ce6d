import type { RRset } from '../dns/rrset.ts';
import type { CutSurvey } from '../survey/survey.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';

/**
 * Throws ZC_PLAN_REFUSED when the new zone would be served by the very servers of its parent while names answer there, and begins
 * empty: such servers answer from it as soon as it is made (RFC 1034 section 4.3.2), and what is not in it yet is gone until it is.
 */
export function refuseSharedEmpty(
  survey: CutSurvey,
  options: Pick<DelegateOptions, 'parent' | 'child'>,
  hidden: readonly RRset[],
): void {
  const { cut, child } = survey;
  const { sharesServers, seedsAtomically } = options.child.capabilities;
  const shares = sharesServers && options.child.id === options.parent.id;
  if (shares && !seedsAtomically && child.zones.length === 0 && hidden.length > 0) {
    refuse(
      `${options.child.label} may serve a new zone ${cut} from the servers of its parent, where it takes effect at once and empty: ${hidden.length} RRsets that answer today would be gone until they are written`,
      'Make the zone at another host, or take these records away first.',
    );
  }
}

/**
 * Throws ZC_PLAN_REFUSED when the new zone would be served by the very servers of its secure parent while names answer there.
 *
 * Such servers answer from the new zone as soon as it is made (RFC 1034 section 4.3.2), and the parent still proves that no cut is
 * there: validating resolvers refuse these names until the NS records are written (RFC 4035 section 5.2).
 */
export function refuseSharedWithSecure(
  survey: CutSurvey,
  options: Pick<DelegateOptions, 'parent' | 'child'>,
  hidden: readonly RRset[],
): void {
  const { cut, security, live, child } = survey;
  const shares = options.child.capabilities.sharesServers && options.child.id === options.parent.id;
  if (security.parent?.kind === 'secure' && shares && child.zones.length === 0 && hidden.length > 0) {
    refuse(
      `${live.apex} is secure, and ${options.child.label} serves a new zone ${cut} from the same servers: validating resolvers would refuse ${hidden.length} RRsets that answer today until the cut is made`,
      'Make the zone at another host, or take these records away first.',
    );
  }
}

/**
 * Throws ZC_PLAN_REFUSED when a cut shall go whose zone is served by the very servers of its secure parent: without the cut they
 * answer from the zone all the same until it is deleted, and validating resolvers refuse that.
 */
export function refuseSharedRemoval(survey: CutSurvey, from: RRset | null): void {
  const { cut, security, live, parent } = survey;
  const named = (from?.data ?? []).filter(server => live.ns.data.some(ns => String(ns) === server));
  // One server can have several names: what it answers tells.
  const answering = parent.views.filter(({ answer }) => from !== null && answer.kind === 'answer');
  const shared = [...new Set([...named, ...answering.map(({ server }) => server.name ?? server.address)])];
  if (security.parent?.kind === 'secure' && shared.length > 0) {
    refuse(
      `${live.apex} is secure and its servers ${shared.join(' ')} serve ${cut} too: when the cut is gone they answer from that zone until it is deleted, and validating resolvers refuse what they say`,
      `Move the zone to other servers first (\`zonecut move ${cut} --to HOST\`), or let its names go with --no-carry-back.`,
    );
  }
}
