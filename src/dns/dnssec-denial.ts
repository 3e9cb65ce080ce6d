import { type DnssecBudget, maxNsec3Iterations } from './dnssec-budget.ts';
import { type Nsec, nsecNameError, nsecNoData, nsecOf, nsecWildcard } from './dnssec-denial-nsec.ts';
import { Nsec3Chain, nsec3NameError, nsec3NoData, nsec3Wildcard } from './dnssec-denial-nsec3.ts';
import { type DenialVerdict, unproven } from './dnssec-denial-verdict.ts';
import { nsec3Of } from './dnssec-nsec3.ts';
import { isAtOrBelow, isBelow, type Name } from './name.ts';
import type { RRset, RRType } from './rrset.ts';

/** The NSEC or NSEC3 records of one response, of one zone. Made by `denialOf`. */
export interface Denial {
  /** The zone that signed them. */
  readonly zone: Name;
  readonly nsec: readonly Nsec[];
  readonly nsec3: Nsec3Chain | null;
  /** The iterations of NSEC3 records that were left out because they have more than 50; null when there is none. */
  readonly tooManyIterations: number | null;
}

/**
 * The denial that `rrsets` of a response hold: NSEC and NSEC3 RRsets of `zone`, each found secure by `verifyRRset`.
 *
 * Other types are passed over, and NSEC3 records with an unknown hash or unknown flags too (RFC 5155 section 8.1 and 8.2),
 * as are those with other parameters than the first. `budget` pays for every name that is hashed.
 */
export function denialOf(zone: Name, rrsets: readonly RRset[], budget: DnssecBudget): Denial {
  const nsec: Nsec[] = [];
  const chain = new Nsec3Chain(zone, budget);
  let tooManyIterations: number | null = null;
  for (const { owner, type, data } of rrsets) {
    const [rdata] = data;
    if (rdata === undefined) continue;
    if (type === 'NSEC' && isAtOrBelow(owner, zone)) nsec.push(nsecOf(owner, rdata));
    if (type !== 'NSEC3' || !isBelow(owner, zone)) continue;
    const record = nsec3Of(rdata);
    if (record.hashAlgorithm !== 1 || record.flags > 1) continue;
    if (record.iterations > maxNsec3Iterations) tooManyIterations = record.iterations;
    else chain.add(owner, record);
  }
  return { zone, nsec, nsec3: chain.size > 0 ? chain : null, tooManyIterations };
}

function judge(
  denial: Denial,
  name: Name,
  byNsec: (nsec: readonly Nsec[]) => DenialVerdict,
  byNsec3: (chain: Nsec3Chain) => DenialVerdict,
): DenialVerdict {
  if (!isAtOrBelow(name, denial.zone)) return unproven(`${name} is not in the zone ${denial.zone}`);
  const first = denial.nsec.length > 0 ? byNsec(denial.nsec) : null;
  if (first?.kind === 'proven') return first;
  if (denial.nsec3 !== null) return byNsec3(denial.nsec3);
  if (denial.tooManyIterations !== null) return { kind: 'insecure', iterations: denial.tooManyIterations };
  return first ?? unproven('the response has neither NSEC nor NSEC3');
}

/** Whether `name` does not exist, nor a wildcard that would answer for it (RFC 4035 section 5.4, RFC 5155 section 8.4). */
export function provesNameError(denial: Denial, name: Name): DenialVerdict {
  return judge(
    denial,
    name,
    nsec => nsecNameError(nsec, denial.zone, name),
    chain => nsec3NameError(chain, name),
  );
}

/**
 * Whether `name` has no data of `type`, nor an alias: at the name itself, at an empty non-terminal, or at the wildcard that
 * answers for it (RFC 4035 section 5.4, RFC 5155 sections 8.5 to 8.7, RFC 6840 section 4).
 */
export function provesNoData(denial: Denial, name: Name, type: RRType): DenialVerdict {
  return judge(
    denial,
    name,
    nsec => nsecNoData(nsec, denial.zone, name, type),
    chain => nsec3NoData(chain, name, type),
  );
}

/**
 * Whether `name` does not exist, so that `wildcard` (of `verifyRRset`) may answer for it (RFC 4035 section 5.3.4,
 * RFC 5155 section 8.8).
 */
export function provesWildcard(denial: Denial, name: Name, wildcard: Name): DenialVerdict {
  return judge(
    denial,
    name,
    nsec => nsecWildcard(nsec, denial.zone, name, wildcard),
    chain => nsec3Wildcard(chain, name, wildcard),
  );
}

/**
 * Whether the delegation of `cut` is unsigned: NS without DS, or an opt-out span (RFC 4035 section 5.2, RFC 5155 section 8.9).
 *
 * A proof that there is no DS and no NS either is `unproven`: there is no cut then (RFC 6840 section 4.4).
 */
export function provesInsecureDelegation(denial: Denial, cut: Name): DenialVerdict {
  const noDs = provesNoData(denial, cut, 'DS');
  if (noDs.kind !== 'proven' || noDs.optOut) return noDs;
  const types =
    denial.nsec.find(({ owner }) => owner === cut)?.types ??
    denial.nsec3?.matchOf(cut)?.types ??
    new Set<RRType>();
  return types.has('NS') ? noDs : unproven(`${cut} has no NS: there is no cut`);
}
