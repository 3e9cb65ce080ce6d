import type { Name } from './name.ts';
import { type RRset, type RRType, sameRRset } from './rrset.ts';

/** What makes `after` of `before`, by owner and type. */
export interface RRsetDiff {
  /** In `after` only, in its order. */
  readonly added: readonly RRset[];
  /** In `before` only, in its order. */
  readonly removed: readonly RRset[];
  /** In both with another TTL or other data, in the order of `after`. */
  readonly changed: readonly { readonly from: RRset; readonly to: RRset }[];
  /** In both alike, in the order of `after`. */
  readonly same: readonly RRset[];
}

/** The difference between two sets of RRsets; each holds an owner and type once. */
export function diffRRsets(before: readonly RRset[], after: readonly RRset[]): RRsetDiff {
  const old = new Map(before.map(rrset => [keyOf(rrset), rrset]));
  const added: RRset[] = [];
  const changed: { from: RRset; to: RRset }[] = [];
  const same: RRset[] = [];
  for (const to of after) {
    const key = keyOf(to);
    const from = old.get(key);
    old.delete(key);
    if (from === undefined) added.push(to);
    else if (sameRRset(from, to)) same.push(to);
    else changed.push({ from, to });
  }
  return { added, removed: [...old.values()], changed, same };
}

function keyOf(rrset: { readonly owner: Name; readonly type: RRType }): string {
  return `${rrset.owner} ${rrset.type}`;
}
