import type { Name } from '../../dns/name.ts';
import type { ChildFacts, CutFacts } from '../../survey/facts.ts';
import { type ClaimPolicy, operatorOf } from './operators.ts';
import { childWord, delegatedChildren } from './said.ts';

/** The servers of a delegation that are with one operator, and which of them do not hold the zone. */
export interface OperatorShare {
  /** Of the operator, or the registrable part of the names where it is not known. */
  readonly operator: string;
  /** Null for an operator that is not known. */
  readonly claim: ClaimPolicy | null;
  /** Every address of which says that it holds no such zone. */
  readonly gone: readonly ChildFacts[];
}

/** The shares of the delegation by operator; those of operators whose servers are their own are left out. */
export function sharesOf(facts: CutFacts): readonly OperatorShare[] {
  const groups = new Map<string, ChildFacts[]>();
  for (const child of delegatedChildren(facts)) {
    const key = child.names.map(name => operatorOf(name)?.name).find(name => name !== undefined) ?? '';
    groups.set(key, [...(groups.get(key) ?? []), child]);
  }
  return [...groups].flatMap(([operator, children]) => {
    const claim = claimOf(children.flatMap(({ names }) => names));
    const share = {
      operator: operator === '' ? 'an operator that is not known' : operator,
      claim,
      gone: children.filter(child => isGone(child, facts)),
    };
    return claim === 'private' ? [] : [share];
  });
}

function claimOf(names: readonly Name[]): ClaimPolicy | null {
  return names.map(name => operatorOf(name)?.claim).find(claim => claim !== undefined) ?? null;
}

/** Whether a server says that it holds no such zone. */
export function isGone(child: ChildFacts, facts: CutFacts): boolean {
  const { exchange } = child.soa;
  return (
    childWord(child, facts).word === 'lame-rcode' &&
    exchange.kind === 'response' &&
    ['REFUSED', 'SERVFAIL', 'NXDOMAIN'].includes(exchange.message.rcode)
  );
}

/** The variant of a finding by what the operator lets strangers do. */
export function claimVariant(claim: ClaimPolicy | null): string {
  switch (claim) {
    case 'open':
      return 'open';
    case 'purchase':
    case 'edge':
      return 'edge';
    default:
      return 'closed';
  }
}

/** What a stranger can do at the operator, in words. */
export function claimText(claim: ClaimPolicy | null): string {
  switch (claim) {
    case 'open':
      return 'where anybody can create the zone';
    case 'purchase':
      return 'where anybody can create the zone for money';
    case 'edge':
      return 'where a stranger can create the zone in some cases';
    case null:
      return 'of which it is not known who can create the zone there';
    default:
      return 'which does not let strangers create the zone';
  }
}
