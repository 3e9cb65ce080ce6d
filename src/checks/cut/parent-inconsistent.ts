import { isAtOrBelow, type Name } from '../../dns/name.ts';
import type { CutFacts, ParentFacts } from '../../survey/facts.ts';
import { glueIn, nsIn } from '../../survey/observation.ts';
import type { Check, Hit } from './finding.ts';
import { addressType, hit, listText, remedy, serversText } from './parts.ts';
import { decidingParents, dsIn, type ParentWord } from './said.ts';

/** Servers of one zone above say different things of the cut. */
export const parentInconsistent: Check = {
  id: 'parent-inconsistent',
  rule: 'RFC 1034 section 4.2.2, RFC 2181 section 5.5',
  find: facts => {
    const deciding = decidingParents(facts);
    const zones = [...new Set(deciding.map(({ parent }) => parent.zone))];
    return zones.flatMap(zone =>
      inZone(
        facts,
        zone,
        deciding.filter(({ parent }) => parent.zone === zone),
      ),
    );
  },
};

type Deciding = ReturnType<typeof decidingParents>;

function inZone(facts: CutFacts, zone: Name, deciding: Deciding): readonly Hit[] {
  const { cut } = facts;
  const referring = deciding.filter(({ word }) => word === 'referral').map(({ parent }) => parent);
  const delegating = deciding
    .filter(({ word }) => word === 'referral' || word === 'shared')
    .map(({ parent }) => parent);
  const glued = (parent: ParentFacts): string => {
    // Of other names some servers send addresses and others do not, as they like (RFC 9471 section 3.2).
    const names = (nsIn(parent.ns, cut)?.data ?? []).filter(name => isAtOrBelow(name, cut));
    return names
      .flatMap(name => glueIn(parent.ns, name).map(address => `${name} ${addressType(address)} ${address}`))
      .toSorted()
      .join(', ');
  };
  const ns = differing(
    zone,
    cut,
    'ns',
    referring,
    parent => nsIn(parent.ns, cut)?.data.toSorted().join(' ') ?? '',
    parent => parent,
  );
  return [
    ...differing(
      zone,
      cut,
      'existence',
      deciding,
      ({ word, parent }) => existence(word, parent, cut),
      ({ parent }) => parent,
    ),
    ...ns,
    // Of other name servers there is other glue.
    ...(ns.length > 0 ? [] : differing(zone, cut, 'glue', referring, glued, parent => parent)),
    ...differing(
      zone,
      cut,
      'ds',
      delegating,
      parent => dsIn(parent, cut)?.data.toSorted().join(' | ') ?? '',
      parent => parent,
    ),
  ];
}

function existence(word: ParentWord, parent: ParentFacts, cut: Name): string {
  switch (word) {
    case 'referral':
    case 'shared':
      return 'a delegation';
    case 'alias':
    case 'dname':
      return `an alias (${aliasText(parent, cut)})`;
    case 'nodata':
      return 'the name without NS records';
    default:
      return 'no such name';
  }
}

function aliasText({ ns, dname }: ParentFacts, cut: Name): string {
  const records = [ns, dname].flatMap(seen =>
    seen?.exchange.kind === 'response' ? seen.exchange.message.answer : [],
  );
  return records
    .filter(({ owner, type }) => owner === cut && (type === 'CNAME' || type === 'DNAME'))
    .map(({ type, data }) => `${type} ${data}`)
    .join(', ');
}

function differing<T>(
  zone: Name,
  cut: Name,
  variant: 'existence' | 'ns' | 'glue' | 'ds',
  items: readonly T[],
  textOf: (item: T) => string,
  parentOf: (item: T) => ParentFacts,
): readonly Hit[] {
  const groups = new Map<string, ParentFacts[]>();
  for (const item of items) {
    groups.set(textOf(item), [...(groups.get(textOf(item)) ?? []), parentOf(item)]);
  }
  if (groups.size < 2) {
    return [];
  }
  const what = { existence: '', ns: ' NS records', glue: ' glue', ds: ' DS records' }[variant];
  const said = [...groups].map(
    ([text, parents]) =>
      `${text === '' ? 'none' : text} at ${serversText(parents.map(({ ns }) => ns.server))}`,
  );
  return [
    hit(
      `the servers of ${zone} give different${what === '' ? ' answers' : what} for ${cut}: ${listText(said)}`,
      remedy(`wait for the transfer to the servers that are behind, or publish ${zone} again`),
      { variant, seen: [...groups.values()].flat().map(({ ns }) => ns) },
    ),
  ];
}
