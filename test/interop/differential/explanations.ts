import { labelCount, type Name } from '../../../src/dns/name.ts';
import { isSame, type Said } from './asking.ts';
import type { Asking } from './questions.ts';
import type { Fault, Site } from './sites.ts';

/** What two resolvers say to one question. */
export interface Answered {
  readonly asking: Asking;
  readonly ours: Said;
  readonly theirs: Said;
}

/** One question to which two resolvers said different things, twice. */
export interface Difference extends Answered {
  /** What an Unbound says that knows nothing yet and sends whole names to every server. */
  readonly withoutMinimising: Said;
  /** What the same Unbound says when it is told not to validate (CD). */
  readonly unchecked: Said;
  /** The zones that the name, and every name that an alias leads to, is in, with the zones above them. */
  readonly sites: readonly Site[];
}

/** A kind of difference that is as it should be, or that we live with, and why. */
export interface Explanation {
  readonly title: string;
  readonly reason: string;
  explains(difference: Difference): boolean;
}

/** Every difference that is no mistake of ours. A difference that none of these explains fails the test. */
export const explanations: readonly Explanation[] = [
  {
    title: 'CNAME is asked for, and Unbound takes what it was told of the minimised question for the answer',
    reason: `The answer to a question for CNAME is the CNAME, whatever becomes of its target (RFC 1034 section 3.6.2, RFC 6672
      section 5.3.1 for the one that a DNAME makes). Unbound minimises to type A, so that the server follows the alias, and keeps
      the response code, the SOA and the proofs of the target. Without minimising it says what we say, which is checked.`,
    explains: ({ asking, ours, theirs, withoutMinimising }) =>
      asking.type === 'CNAME' && theirs.rcode !== 'timeout' && isSame(ours, withoutMinimising),
  },
  {
    title:
      'CNAME is asked for below a signed DNAME, and Unbound takes the CNAME that follows from it for bogus',
    reason: `The CNAME has no signature of its own and needs none, since it follows from the DNAME (RFC 6672 section 5.3.1). Without
      validating Unbound says what we say, which is checked, as is that the CNAME follows.`,
    explains: ({ asking, ours, withoutMinimising, unchecked }) =>
      (asking.type === 'CNAME' || asking.type === 'DNAME') &&
      withoutMinimising.rcode === 'SERVFAIL' &&
      isSame({ ...ours, authentic: false }, unchecked) &&
      followsFromDname(asking.name, ours.answer),
  },
  {
    title: 'only we give the SOA of a negative answer behind an alias',
    reason: `A negative answer without SOA cannot be remembered by those who are told (RFC 2308 section 5). All else is the same,
      which is checked.`,
    explains: ({ ours, theirs }) =>
      ours.answer.length > 0 &&
      ours.soa !== null &&
      theirs.soa === null &&
      isSame({ ...ours, soa: null }, theirs),
  },
  {
    title: 'an unsigned delegation below an empty non-terminal that an opt-out span denies',
    reason: `Such a non-terminal needs no NSEC3 record of its own (RFC 5155 section 7.1), and NSD's denial of its DS is short of a record.
      We ask for the DS of the cut that a referral showed, whose denial is whole; Unbound asks for that of every name on the
      way. Without validating Unbound says what we say, which is checked.`,
    explains: ({ ours, theirs, unchecked, sites }) =>
      theirs.rcode === 'SERVFAIL' && !ours.authentic && isSame(ours, unchecked) && sites.some(isBelowOptOut),
  },
  {
    title: 'DNAME is asked for below a DNAME, and Unbound does not validate what the alias leads to',
    reason: `The DNAME is a step to the answer, not the answer (RFC 6672 section 3.2), which comes from a zone whose signatures do not
      hold. Unbound takes the DNAME for what was asked for, and gives the rest as it is with CD, which is checked.`,
    explains: ({ asking, ours, theirs, unchecked }) =>
      asking.type === 'DNAME' &&
      ours.rcode === 'SERVFAIL' &&
      ours.errors.some(error => error.includes('is bogus')) &&
      isSame(theirs, unchecked) &&
      followsFromDname(asking.name, theirs.answer),
  },
  {
    title: 'a signed delegation below an empty non-terminal whose zone proves nothing',
    reason: `The DS records of the cut are signed by the parent, which is the whole chain (RFC 4035 section 5.2). Unbound wants a proof
      for the empty non-terminal on the way too, and the zone has lost its chain of denials. Without validating it says what we
      say, which is checked.`,
    explains: ({ ours, theirs, unchecked, sites }) =>
      theirs.rcode === 'SERVFAIL' &&
      isSame({ ...ours, authentic: false }, unchecked) &&
      sites.some(site => site.parent?.fault === 'no-denial' && isTwoLabelsDown(site)),
  },
  {
    title: 'a name that begins with an asterisk itself, and that another wildcard stands for',
    reason: `The owner that was signed is an asterisk and the last labels of the name, as many as the signature says (RFC 4035 section
      5.3.2). Unbound keeps one label too many when the first is an asterisk. Without validating it says what we say, which is
      checked.`,
    explains: ({ asking, ours, theirs, unchecked }) =>
      asking.name.startsWith('*.') &&
      theirs.rcode === 'SERVFAIL' &&
      isSame({ ...ours, authentic: false }, unchecked),
  },
  {
    title: 'an alias chain of more than 11 records',
    reason: `No RFC sets a number. We count records (maxAliases of docs/limits.md), Unbound the times that it starts anew, and a
      chain within one zone comes in one response. It would take another limit to be the same.`,
    explains: ({ ours, theirs }) =>
      ours.errors.some(error => error.includes('maxAliases')) &&
      theirs.answer.filter(line => / CNAME /.test(line)).length > 11,
  },
  {
    title: 'a lame server refers to the zone that it should serve',
    reason: `A server that is asked for a zone and refers to it does not serve it (RFC 9499 section 7, "lame delegation"): another
      one may, and where none does there is no answer to be had. Unbound makes an empty answer of it, without SOA.`,
    explains: ({ ours, theirs, sites }) =>
      theirs.rcode === 'NOERROR' &&
      theirs.soa === null &&
      (has(sites, 'partly-lame')
        ? ours.rcode !== 'SERVFAIL' && theirs.answer.every(line => ours.answer.includes(line))
        : has(sites, 'lame') && ours.rcode === 'SERVFAIL'),
  },
  {
    title: 'the child denies a DS that only its parent knows of',
    reason: `DS records are the parent's (RFC 4035 section 3.1.4.1). The servers of the parent are lame for it and serve the child,
      whose denial says nothing; Unbound takes it.`,
    explains: ({ asking, ours, theirs, sites }) =>
      asking.type === 'DS' && has(sites, 'lame') && ours.rcode === 'SERVFAIL' && theirs.soa === asking.name,
  },
  {
    title: 'a zone whose own servers do not answer is served by those of its parent',
    reason: `Where one server has parent and child it never refers, and we ask on where the last referral led. Unbound goes over to
      the child's NS RRset as soon as it has seen it in an answer, and to no avail. What we say is in the zone.`,
    explains: ({ ours, theirs, sites }) =>
      theirs.rcode === 'SERVFAIL' && ours.rcode !== 'SERVFAIL' && sites.some(isServedByParentOnly),
  },
  {
    title: 'a zone whose own NS RRset names servers that do not serve it',
    reason: `We ask the servers that the parent names, whatever the child says of itself. Unbound goes over to the child's NS RRset as
      soon as it has seen it in an answer, and finds nobody there. What we say is in the zone.`,
    explains: ({ ours, theirs, sites }) =>
      theirs.rcode === 'SERVFAIL' && ours.rcode !== 'SERVFAIL' && has(sites, 'child-disagrees'),
  },
];

/** Whether an answer begins with a DNAME above `name` and the CNAME that it makes of `name` (RFC 6672 section 2.2). */
function followsFromDname(name: Name, answer: readonly string[]): boolean {
  const dname = answer.map(line => /^(\S+) DNAME (\S+)$/.exec(line)).find(match => match !== null);
  const [, owner = '', target = ''] = dname ?? [];
  return (
    owner !== '' &&
    name.endsWith(`.${owner}`) &&
    answer.includes(`${name} CNAME ${name.slice(0, -owner.length)}${target}`)
  );
}

/** Faults that leave a zone without any server that can be asked. */
const unreachable: ReadonlySet<Fault> = new Set<Fault>([
  'lame',
  'dead',
  'silent',
  'unresolvable-ns',
  'addressless-ns',
  'cyclic-ns',
]);

function isServedByParentOnly({ fault, groups, parent }: Site): boolean {
  return (
    fault !== null && unreachable.has(fault) && groups.some(group => parent?.groups.includes(group) === true)
  );
}

/** Whether a zone is delegated without DS two labels below a parent whose NSEC3 chain leaves that out. */
function isBelowOptOut(site: Site): boolean {
  const denial = site.parent?.signing?.denial;
  const leavesOut = denial !== undefined && denial !== 'nsec' && denial.optOut;
  return leavesOut && site.signing?.chained !== true && isTwoLabelsDown(site);
}

/** Whether an empty non-terminal is between a zone and its parent. */
function isTwoLabelsDown({ apex, parent }: Site): boolean {
  return parent !== null && labelCount(apex) === labelCount(parent.apex) + 2;
}

function has(sites: readonly Site[], fault: Fault): boolean {
  return sites.some(site => site.fault === fault);
}
