import type { Name } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { textOf } from './answers.ts';
import type { Case } from './case.ts';
import type { SimulatedInternet } from './internet.ts';
import { type HostId, type Owner, ownerOf } from './owner.ts';

/** An edit of a zone that was on its way to another host. */
export interface ChildEdit {
  readonly rrset: RRset;
  /** Milliseconds of the clock. */
  readonly atMs: number;
}

/** The two hosts of a move. */
interface Way {
  readonly old: HostId;
  readonly child: HostId;
}

/** Lets people go on working in a zone from the moment at which its move is planned, for as long as `isUnderWay`. */
export function plantChildEdits(
  { cut, childEdits }: Case,
  internet: SimulatedInternet,
  way: Way,
  isUnderWay: () => boolean,
): void {
  const { clock, people } = internet;
  for (const { afterMs, rrset } of childEdits) {
    clock.after(afterMs, () => {
      if (!isUnderWay()) {
        return;
      }
      // People work where they always did, until there is nothing any more.
      const isThere = ownerOf(internet, way.old, cut).rrsets().length > 0;
      const host = isThere ? way.old : way.child;
      people.childEdits.push({ rrset, atMs: clock.elapsed() });
      ownerOf(internet, host, cut).put(rrset);
    });
  }
}

/** People do what zonecut says of a zone that was edited too late: the new host gets these edits, and the old zone is as it was. */
export function bringOver(cut: Name, internet: SimulatedInternet, { old, child }: Way): void {
  const [from, to] = [ownerOf(internet, old, cut), ownerOf(internet, child, cut)];
  const last = new Map(
    internet.people.childEdits.map(({ rrset }) => [`${rrset.owner} ${rrset.type}`, rrset]),
  );
  for (const rrset of last.values()) {
    const known = find(to, rrset);
    if (textOf(known?.data ?? []) === textOf(rrset.data)) {
      continue;
    }
    to.put(rrset);
    if (known === null) {
      from.remove(rrset.owner, rrset.type);
    } else {
      from.put(known);
    }
  }
}

function find(owner: Owner, { owner: name, type }: RRset): RRset | null {
  return owner.rrsets().find(rrset => rrset.owner === name && rrset.type === type) ?? null;
}
