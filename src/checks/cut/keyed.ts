import { dnskeyOf, dsMatches, isDigestKnown } from '../../dns/dnssec.ts';
import { DnssecBudget } from '../../dns/dnssec-budget.ts';
import { type RRsetVerdict, type VerifyOptions, verifyRRset } from '../../dns/dnssec-verify.ts';
import { dsOf } from '../../dns/rdata.ts';
import { groupRecords, isType, type Rdata, type RRset } from '../../dns/rrset.ts';
import { unique } from '../../resolver/delegations.ts';
import type { ChildFacts, CutFacts, Observation } from '../../survey/facts.ts';
import { answerIn } from '../../survey/observation.ts';
import { whatCame } from '../judge.ts';
import { decidingParents, dsIn, viewOf, workingChildren } from './said.ts';

/** What a server of the cut shows of its keys. */
export interface Keyed {
  readonly child: ChildFacts;
  /** The answer to `cut DNSKEY`. */
  readonly seen: Observation;
  /** `none`: it says with authority that there are none. `unavailable`: it does not say. */
  readonly state: 'keys' | 'none' | 'unavailable';
  /** Null unless `keys`. */
  readonly keys: RRset<'DNSKEY'> | null;
  /** Data of the RRSIG records that came with the keys. */
  readonly signatures: readonly Rdata[];
  /** Why it does not say. */
  readonly why: string;
}

/** The servers that answer for the cut with authority, each with what it shows of its keys. */
export function keyedChildren(facts: CutFacts): readonly Keyed[] {
  return workingChildren(facts).flatMap(child => {
    const seen = child.keys.find(({ question }) => question.type === 'DNSKEY');
    return seen === undefined || seen.exchange.kind === 'not-asked' ? [] : [keyedOf(child, seen)];
  });
}

function keyedOf(child: ChildFacts, seen: Observation): Keyed {
  const answer = answerIn(seen);
  const why = whatCame(viewOf(seen));
  if (answer.kind === 'answer' && answer.authoritative && isType(answer.rrset, 'DNSKEY')) {
    return { child, seen, state: 'keys', keys: answer.rrset, signatures: signaturesOf(seen, 'DNSKEY'), why };
  }
  const state = answer.kind === 'nodata' && answer.authoritative ? 'none' : 'unavailable';
  return {
    child,
    seen,
    state,
    keys: null,
    signatures: [],
    why: answer.kind === 'answer' ? 'no authority' : why,
  };
}

/** The RRset of `type` at the apex that a server gives with authority, with its signatures; null for none. */
export function signedAt(
  child: ChildFacts,
  type: string,
): { readonly rrset: RRset; readonly signatures: readonly Rdata[]; readonly seen: Observation } | null {
  const seen = [child.soa, child.ns, ...child.keys].find(({ question }) => question.type === type);
  const answer = seen === undefined ? null : answerIn(seen);
  return seen === undefined ||
    answer?.kind !== 'answer' ||
    !answer.authoritative ||
    answer.rrset.type !== type
    ? null
    : { rrset: answer.rrset, signatures: signaturesOf(seen, type), seen };
}

function signaturesOf({ exchange, question }: Observation, type: string): readonly Rdata[] {
  const records = exchange.kind === 'response' ? exchange.message.answer : [];
  return groupRecords(records.filter(record => record.type === 'RRSIG' && record.owner === question.name))
    .flatMap(({ data }) => [...data])
    .filter(data => data.startsWith(`${type} `));
}

/** The DS data of the cut: what was given by hand, or all that the parent's servers show; each once. */
export function dsOfCut(facts: CutFacts): readonly Rdata[] {
  if (facts.given !== null) {
    return facts.given.ds;
  }
  return unique(decidingParents(facts).flatMap(({ parent }) => [...(dsIn(parent, facts.cut)?.data ?? [])]));
}

/** The answers of the parent's servers that show DS records of the cut. */
export function dsEvidence(facts: CutFacts): readonly Observation[] {
  return decidingParents(facts)
    .filter(({ parent }) => dsIn(parent, facts.cut) !== null)
    .map(({ parent }) => parent.ds ?? parent.ns);
}

/** All keys that any server of the cut shows, each once. */
export function allKeys(facts: CutFacts): readonly Rdata[] {
  return unique(keyedChildren(facts).flatMap(({ keys }) => [...(keys?.data ?? [])]));
}

/** The keys among `keys` that a DS or CDS stands for; null when its digest type is not one that can be computed. */
export function keysFor(facts: CutFacts, ds: Rdata, keys: readonly Rdata[]): readonly Rdata[] | null {
  return isDigestKnown(dsOf(ds).digestType) ? keys.filter(key => dsMatches(facts.cut, ds, key)) : null;
}

/** The flags of a key (RFC 4034 section 2.1.1). */
export function flagsOf(key: Rdata): number {
  return dnskeyOf(key).flags;
}

/** What signatures say of an RRset at the time of the facts, by these keys alone. */
export function verdictOn(
  facts: CutFacts,
  rrset: RRset,
  signatures: readonly Rdata[],
  keys: readonly Rdata[],
): RRsetVerdict {
  return verifyRRset(
    rrset,
    signatures,
    { owner: facts.cut, type: 'DNSKEY', ttl: 0, data: keys },
    verifyOptions(facts),
  );
}

/** The time of the facts, and work for one question. */
export function verifyOptions({ takenAtMs }: CutFacts): VerifyOptions {
  return { nowSeconds: Math.floor(takenAtMs / 1000), budget: new DnssecBudget() };
}

/** `tag/algorithm` of a DS or CDS, for people. */
export function dsText(ds: Rdata): string {
  const { keyTag, algorithm, digestType } = dsOf(ds);
  return `${keyTag} (algorithm ${algorithm}, digest type ${digestType})`;
}
