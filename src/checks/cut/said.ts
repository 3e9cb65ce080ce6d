import type { Name } from '../../dns/name.ts';
import { groupRecords, isType, type RRset } from '../../dns/rrset.ts';
import type { ChildFacts, CutFacts, Observation, ParentFacts } from '../../survey/facts.ts';
import { answerIn } from '../../survey/observation.ts';
import { nsShown, type View } from '../../survey/view.ts';
import { lameness } from '../judge.ts';

/** What a server of a zone above says of the cut. */
export type ParentWord =
  /** A referral to the cut. */
  | 'referral'
  /** The cut's own NS RRset, with authority: the server serves both sides. */
  | 'shared'
  | 'alias'
  /** A DNAME stands at the cut (RFC 6672). */
  | 'dname'
  | 'nodata'
  | 'nxdomain'
  /** It answers, but not as a server of the zone above: another code, no authority, a referral elsewhere. */
  | 'lame'
  | 'silent'
  /** It could not be asked from here. */
  | 'not-asked';

/** What a server of a zone above says of the cut, in a word. */
export function parentWord({ ns, dname }: ParentFacts, cut: Name): ParentWord {
  if (ns.exchange.kind === 'not-asked' || hasNoRoute(ns)) {
    return 'not-asked';
  }
  const answer = answerIn(ns);
  if (nsShown(answer, cut) !== null) {
    return answer.kind === 'answer' && answer.authoritative ? 'shared' : 'referral';
  }
  switch (answer.kind) {
    case 'alias':
      return 'alias';
    case 'nodata':
      if (!answer.authoritative) return 'lame';
      return dname !== null && answerIn(dname).kind === 'answer' ? 'dname' : 'nodata';
    case 'nxdomain':
      return answer.authoritative ? 'nxdomain' : 'lame';
    case 'silent':
      return 'silent';
    default:
      return 'lame';
  }
}

/** Words that say whether there is a delegation. */
const deciding: ReadonlySet<ParentWord> = new Set([
  'referral',
  'shared',
  'alias',
  'dname',
  'nodata',
  'nxdomain',
]);

/** The servers of the zones above that say whether the cut is delegated, each with its word. */
export function decidingParents({
  parents,
  cut,
}: CutFacts): readonly { readonly parent: ParentFacts; readonly word: ParentWord }[] {
  return parents
    .map(parent => ({ parent, word: parentWord(parent, cut) }))
    .filter(({ word }) => deciding.has(word));
}

/** Whether some server of a zone above shows a delegation, or one was given by hand. */
export function isDelegated(facts: CutFacts): boolean {
  return (
    facts.given !== null ||
    decidingParents(facts).some(({ word }) => word === 'referral' || word === 'shared')
  );
}

/** The zone above the cut: that of the first server which decides; null when none does. */
export function parentZoneName(facts: CutFacts): Name | null {
  return decidingParents(facts)[0]?.parent.zone ?? facts.parents[0]?.zone ?? null;
}

/** An observation as the older checks read one. */
export function viewOf(seen: Observation): View {
  return { server: seen.server, question: seen.question, answer: answerIn(seen), rttMs: null };
}

/** Whether this machine has no way to the address: nothing is known of the server then. */
export function hasNoRoute({ exchange }: Observation): boolean {
  return exchange.kind === 'unreachable' && exchange.reason === 'no-route';
}

/** What a server of the cut is, by its answer to `cut SOA`. */
export type ChildWord =
  | 'authoritative'
  | 'lame-rcode'
  | 'lame-not-authoritative'
  | 'lame-upward-referral'
  | 'lame-broken-response'
  | 'lame-no-response'
  /** Not asked, or not to be reached from here: nothing is known. */
  | 'unknown';

/** What a server of the cut is, and why, in a few words. */
export function childWord(
  child: ChildFacts,
  { cut }: CutFacts,
): { readonly word: ChildWord; readonly text: string } {
  const { soa } = child;
  if (soa.exchange.kind === 'not-asked') {
    return { word: 'unknown', text: soa.exchange.why };
  }
  if (hasNoRoute(soa)) {
    return { word: 'unknown', text: 'this machine has no route there' };
  }
  const view = viewOf(soa);
  const lame = lameness(view, cut);
  if (lame === null) {
    return { word: 'authoritative', text: 'answers with authority' };
  }
  const { code, text } = lame;
  switch (code) {
    case 'lame-rcode':
    case 'lame-not-authoritative':
    case 'lame-upward-referral':
    case 'lame-no-response':
      return { word: code, text };
    default:
      // With authority the answer is broken; without, the server does not even claim to hold the zone.
      return soa.exchange.kind === 'response' && !soa.exchange.message.authoritative
        ? { word: 'lame-not-authoritative', text }
        : { word: 'lame-broken-response', text };
  }
}

/** The servers of the cut that answer for it with authority. */
export function workingChildren(facts: CutFacts): readonly ChildFacts[] {
  return facts.children.filter(child => childWord(child, facts).word === 'authoritative');
}

/** The servers of the cut that the delegation names. */
export function delegatedChildren({ children }: CutFacts): readonly ChildFacts[] {
  return children.filter(({ from }) => from === 'delegation');
}

/** The SOA RRset that a server of the cut answers with; null for none. */
export function soaIn({ soa }: ChildFacts, cut: Name): RRset<'SOA'> | null {
  const answer = answerIn(soa);
  return answer.kind === 'answer' && answer.rrset.owner === cut && isType(answer.rrset, 'SOA')
    ? answer.rrset
    : null;
}

/** The DS RRset that a server of a zone above shows for the cut: in its referral, or when asked for it; null for none. */
export function dsIn({ ns, ds }: ParentFacts, cut: Name): RRset<'DS'> | null {
  const records = [ns, ds].flatMap(seen =>
    seen?.exchange.kind === 'response'
      ? [...seen.exchange.message.answer, ...seen.exchange.message.authority]
      : [],
  );
  for (const rrset of groupRecords(records)) {
    if (rrset.owner === cut && isType(rrset, 'DS')) {
      return rrset;
    }
  }
  return null;
}
