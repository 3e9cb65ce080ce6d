import type { Delegation, Glue } from '../dns/delegation.ts';
import type { Message } from '../dns/message.ts';
import { isAtOrBelow, isBelow, type Name, parseName, relativeTo, rootName } from '../dns/name.ts';
import {
  groupRecords,
  isType,
  type Rdata,
  type ResourceRecord,
  type RRset,
  type RRType,
  rrsetOf,
} from '../dns/rrset.ts';
import { isZonecutError } from '../error.ts';
import { defaultLimits, type Limits } from './limits.ts';

/** What is asked, class IN understood. */
export interface Wanted {
  readonly name: Name;
  readonly type: RRType;
}

/** Why an RRset of a response is not believed. */
export type DropReason =
  /** Its owner is not at or below the zone that was asked. */
  | 'outside-zone'
  /** It is neither the answer nor a step to it. */
  | 'not-asked-for'
  /** It may be right, but stands behind an alias whose target is resolved for itself. */
  | 'behind-alias'
  /** A type that has no place in that section, or in such a response. */
  | 'misplaced'
  /** An address in the additional section that no kept NS record names. */
  | 'not-glue'
  /** Several aliases at one name (RFC 2181 section 10.1). */
  | 'many-aliases'
  /** More records or addresses than the limit allows. */
  | 'over-limit';

/** An RRset that was removed from a response, and why. */
export interface Dropped {
  readonly rrset: RRset;
  readonly why: DropReason;
}

/** One step of an alias chain: the CNAME at a name, or the DNAME above it with the CNAME that follows from it. */
export interface Alias {
  /** In the order of a response: the DNAME first. */
  readonly rrsets: readonly RRset[];
  readonly target: Name;
}

/** What DNSSEC says about the RRsets of a response, itself unproven until a validator looks at it. */
export interface Evidence {
  /** RRSIG RRsets of the answer and authority sections; one at an owner covers several types. */
  readonly signatures: readonly RRset[];
  /** NSEC and NSEC3 RRsets of the authority section. */
  readonly proofs: readonly RRset[];
  /** What stood beside an answer and is told to clients only; see `ResolverOptions.wholeAnswers`. */
  readonly nameServers?: RRset<'NS'>;
}

/** No evidence. */
export const noEvidence: Evidence = { signatures: [], proofs: [] };

/** What is left of a response when everything that its server has no say in was removed. */
export interface Scrubbed {
  /** The RRsets at the name asked, of the type asked (of every type for ANY). */
  readonly answers: readonly RRset[];
  /** The first alias step; null when the name has none, or is answered. */
  readonly alias: Alias | null;
  /** A DNAME above the name whose target makes a name of more than 255 octets (RFC 6672 section 2.2); null as a rule. */
  readonly overlong: RRset<'DNAME'> | null;
  /** The NS RRset of the authority section (or of the answer) at or above the name asked; may stand above the zone. */
  readonly ns: RRset<'NS'> | null;
  readonly soa: RRset | null;
  /** The delegation that `ns` makes with DS and glue; null unless `ns` is strictly below the zone. */
  readonly delegation: Delegation | null;
  readonly evidence: Evidence;
  readonly dropped: readonly Dropped[];
}

/**
 * Takes `response` apart and keeps what a server of `zone` may say about `wanted`.
 *
 * Aliases are followed one step only. Glue is kept for names at or below `zone` that the kept NS RRset names (RFC 9471).
 * Every other address, and every RRset whose owner is outside of `zone`, is dropped: only a referral from the parent
 * tells where a zone is served. In the authority section, only an NS RRset at or above the name asked is looked at.
 */
export function scrub(
  response: Message,
  wanted: Wanted,
  zone: Name,
  limits: Limits = defaultLimits,
): Scrubbed {
  const dropped: Dropped[] = [];
  const answer = believed(groupRecords(response.answer), zone, limits, dropped);
  const answers = answer.filter(rrset => rrset.owner === wanted.name && wantsType(wanted, rrset.type));
  // A CNAME below a DNAME is made from it (RFC 6672 section 2.2), also when the CNAME is what is asked for.
  const isPlain = answers.length > 0 && wanted.type !== 'CNAME';
  const dname = isPlain ? null : dnameAbove(answer, wanted.name);
  const alias = isPlain ? null : aliasOf(answer, wanted, dname, dropped);
  const delegated = answerReferral(answer, wanted, zone);
  if (answers.length < answer.length) {
    dropRest(answer, [...answers, ...(alias?.rrsets ?? [])], alias, dropped);
  }
  const authority = scrubAuthority(response, wanted, zone, limits, dropped);
  const ns = delegated ?? authority.ns;
  const glue = scrubGlue(addressesBeside(response, answers, ns), ns, zone, limits, dropped);
  const delegation =
    ns !== null && isBelow(ns.owner, zone)
      ? { cut: ns.owner, ns, ds: authority.ds?.owner === ns.owner ? authority.ds : null, glue }
      : null;
  const elsewhere = signaturesElsewhere(response);
  const { signatures, proofs } = authority.evidence;
  const believable = elsewhere.length === 0 ? elsewhere : believed(elsewhere, zone, limits, dropped);
  return {
    answers: dname === null ? answers : [],
    alias,
    overlong: alias === null ? dname : null,
    ns,
    soa: authority.soa,
    delegation,
    evidence: evidenceOf(believable.length === 0 ? signatures : [...believable, ...signatures], proofs),
    dropped,
  };
}

/** Where glue may stand: a parent that is asked for the address of a server answers with it, and refers to the child beside it. */
function addressesBeside(
  { additional }: Message,
  answers: readonly RRset[],
  ns: RRset<'NS'> | null,
): readonly RRset[] {
  const names: readonly string[] = ns?.data ?? [];
  const named = answers.filter(({ owner }) => names.includes(owner));
  return named.length === 0 ? groupRecords(additional) : [...named, ...groupRecords(additional)];
}

/** Old servers put signatures where the room was; a signature proves itself wherever it stands. */
function signaturesElsewhere({ answer, additional }: Message): readonly RRset[] {
  return answer.some(isSignature) || additional.some(isSignature)
    ? groupRecords([...answer, ...additional].filter(isSignature))
    : [];
}

/** Puts what is neither kept nor dropped already, nor a signature, to `dropped`. */
function dropRest(
  answer: readonly RRset[],
  kept: readonly RRset[],
  alias: Alias | null,
  dropped: Dropped[],
): void {
  const judged = new Set<RRset>([...kept, ...dropped.map(({ rrset }) => rrset)]);
  for (const rrset of answer) {
    if (!judged.has(rrset) && rrset.type !== 'RRSIG') {
      dropped.push({ rrset, why: alias === null ? 'not-asked-for' : 'behind-alias' });
    }
  }
}

function evidenceOf(signatures: readonly RRset[], proofs: readonly RRset[]): Evidence {
  return signatures.length + proofs.length === 0 ? noEvidence : { signatures, proofs };
}

function isSignature(record: ResourceRecord): boolean {
  return record.type === 'RRSIG';
}

function wantsType(wanted: Wanted, type: RRType): boolean {
  return wanted.type === type || wanted.type === 'ANY';
}

/** The sets of `rrsets` in the zone and of a size that is believed; the others go to `dropped`. */
function believed(
  rrsets: readonly RRset[],
  zone: Name,
  limits: Limits,
  dropped: Dropped[],
): readonly RRset[] {
  return rrsets.filter(rrset => {
    if (!isAtOrBelow(rrset.owner, zone)) {
      dropped.push({ rrset, why: 'outside-zone' });
      return false;
    }
    if (rrset.data.length > limits.maxRecordsPerSet) {
      dropped.push({ rrset, why: 'over-limit' });
      return false;
    }
    return true;
  });
}

/** An NS RRset strictly below the zone in the answer to a question for NS: a referral when AA is clear. */
function answerReferral(answer: readonly RRset[], wanted: Wanted, zone: Name): RRset<'NS'> | null {
  if (wanted.type !== 'NS' && wanted.type !== 'ANY') {
    return null;
  }
  for (const rrset of answer) {
    if (isType(rrset, 'NS') && rrset.owner === wanted.name && isBelow(rrset.owner, zone)) {
      return rrset;
    }
  }
  return null;
}

/** The DNAME above `name` in the answer; null when there is none. */
function dnameAbove(answer: readonly RRset[], name: Name): RRset<'DNAME'> | null {
  for (const rrset of answer) {
    if (isType(rrset, 'DNAME') && isBelow(name, rrset.owner)) {
      return rrset;
    }
  }
  return null;
}

/** The alias step at the name asked; a DNAME above it wins over a CNAME at it, as the CNAME is made from it (RFC 6672 section 2.2). */
function aliasOf(
  answer: readonly RRset[],
  { name, type }: Wanted,
  dname: RRset<'DNAME'> | null,
  dropped: Dropped[],
): Alias | null {
  if (dname !== null) {
    return dnameStep(dname, name);
  }
  for (const rrset of type === 'CNAME' ? [] : answer) {
    if (isType(rrset, 'CNAME') && rrset.owner === name) {
      const [target, second] = rrset.data;
      if (target === undefined || second !== undefined) {
        dropped.push({ rrset, why: 'many-aliases' });
        return null;
      }
      return { rrsets: [rrset], target };
    }
  }
  return null;
}

/** The step that `dname` makes of `name`; null when the name that follows is too long (RFC 6672 section 2.2). */
export function dnameStep(dname: RRset<'DNAME'>, name: Name): Alias | null {
  const [to] = dname.data;
  if (to === undefined) {
    return null;
  }
  try {
    const prefix = relativeTo(name, dname.owner);
    const target = parseName(to === rootName ? prefix : `${prefix}.${to}`);
    return { rrsets: [dname, rrsetOf(name, 'CNAME', dname.ttl, target)], target };
  } catch (error) {
    if (isZonecutError(error, 'ZC_NAME')) {
      return null;
    }
    throw error;
  }
}

interface ScrubbedAuthority {
  readonly ns: RRset<'NS'> | null;
  readonly soa: RRset | null;
  readonly ds: RRset<'DS'> | null;
  readonly evidence: Evidence;
}

/** One NS RRset at or above the name asked (the classifier wants to see an upward referral), SOA and DS within the zone. */
function scrubAuthority(
  response: Message,
  wanted: Wanted,
  zone: Name,
  limits: Limits,
  dropped: Dropped[],
): ScrubbedAuthority {
  let ns: RRset<'NS'> | null = null;
  let soa: RRset | null = null;
  let ds: RRset<'DS'> | null = null;
  const signatures: RRset[] = [];
  const proofs: RRset[] = [];
  for (const rrset of groupRecords(response.authority)) {
    const above = isAtOrBelow(wanted.name, rrset.owner);
    const inside = isAtOrBelow(rrset.owner, zone);
    if (rrset.data.length > limits.maxRecordsPerSet) {
      dropped.push({ rrset, why: 'over-limit' });
    } else if (isType(rrset, 'NS') && above && ns === null) {
      ns = rrset;
    } else if (!inside) {
      dropped.push({ rrset, why: 'outside-zone' });
    } else if (rrset.type === 'SOA' && above && soa === null) {
      soa = rrset;
    } else if (isType(rrset, 'DS') && above && ds === null) {
      ds = rrset;
    } else if (rrset.type === 'RRSIG') {
      signatures.push(rrset);
    } else if (rrset.type === 'NSEC' || rrset.type === 'NSEC3') {
      proofs.push(rrset);
    } else {
      dropped.push({ rrset, why: 'misplaced' });
    }
  }
  return { ns, soa, ds, evidence: { signatures, proofs } };
}

/** The glue for `ns`: addresses of its names at or below the zone, as many as the limits allow. */
function scrubGlue(
  rrsets: readonly RRset[],
  ns: RRset<'NS'> | null,
  zone: Name,
  limits: Limits,
  dropped: Dropped[],
): readonly Glue[] {
  const names: readonly string[] = ns?.data ?? [];
  const glue: Glue[] = [];
  let addresses = 0;
  for (const rrset of rrsets) {
    if (!isType(rrset, 'A') && !isType(rrset, 'AAAA')) {
      continue;
    }
    if (!names.includes(rrset.owner)) {
      dropped.push({ rrset, why: 'not-glue' });
    } else if (!isAtOrBelow(rrset.owner, zone)) {
      dropped.push({ rrset, why: 'outside-zone' });
    } else if (addresses + rrset.data.length > limits.maxGluePerReferral) {
      dropped.push({ rrset, why: 'over-limit' });
    } else {
      glue.push(rrset);
      addresses += rrset.data.length;
    }
  }
  // A copy has no room for more, and delegations are kept for long.
  return glue.slice();
}

/** Data of the RRSIG records for `rrset`. */
export function signaturesFor(rrset: RRset, evidence: Evidence): readonly Rdata[] {
  return evidence.signatures
    .filter(({ owner }) => owner === rrset.owner)
    .flatMap(({ data }) => data)
    .filter(rdata => rdata.startsWith(`${rrset.type} `));
}
