import type { Name } from '../../dns/name.ts';
import type { CutFacts } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { add, hit, remedy, remove } from './parts.ts';
import { allNames } from './sets.ts';

/** An NS record names an alias. */
export const nsIsAlias: Check = {
  id: 'ns-is-alias',
  rule: 'RFC 2181 section 10.3',
  find: facts =>
    allNames(facts).flatMap(name => {
      const target = aliasOf(facts, name);
      if (target === null) {
        return [];
      }
      const lines = [remove(facts.cut, 'NS', name), add(facts.cut, 'NS', target)];
      return [
        hit(
          `the name server ${name} is an alias of ${target}`,
          remedy('name the server itself', { parent: lines, child: lines }),
          {
            subject: name,
            seen: facts.children
              .flatMap(({ hosts }) => hosts.filter(({ question }) => question.name === name))
              .slice(0, 1),
          },
        ),
      ];
    }),
};

/** The alias target of an NS name, as its own zone gives it; null when it is none. */
function aliasOf({ hosts, children }: CutFacts, name: Name): string | null {
  const host = hosts.find(found => found.name === name)?.alias ?? null;
  const records = children.flatMap(child =>
    [...child.hosts, child.tcp].flatMap(seen =>
      seen?.exchange.kind === 'response' && seen.exchange.message.authoritative
        ? seen.exchange.message.answer
        : [],
    ),
  );
  return host ?? records.find(({ owner, type }) => owner === name && type === 'CNAME')?.data ?? null;
}
