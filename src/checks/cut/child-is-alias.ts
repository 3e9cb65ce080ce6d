import { groupRecords } from '../../dns/rrset.ts';
import type { ParentFacts } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { hit, remedy, removeAll } from './parts.ts';
import { decidingParents, isDelegated } from './said.ts';

/**
 * The name is an alias instead of a cut. Where only some servers of the parent have a CNAME in place of the NS records they
 * are behind, and `parent-inconsistent` says so; a DNAME can stand beside NS records and is told in any case.
 */
export const childIsAlias: Check = {
  id: 'child-is-alias',
  rule: 'RFC 1034 section 3.6.2, RFC 2181 section 10.1, RFC 6672 section 2.3',
  find: facts => {
    const { cut } = facts;
    const found = decidingParents(facts).filter(
      ({ word }) => word === 'dname' || (word === 'alias' && !isDelegated(facts)),
    );
    if (found.length === 0) {
      return [];
    }
    const rrsets = found.flatMap(({ parent }) => aliasesIn(parent));
    const texts = [...new Set(rrsets.map(({ owner, type, data }) => `${owner} ${type} ${data.join(' ')}`))];
    return [
      hit(
        `an alias stands in place of a delegation: ${texts.join(', ')}`,
        remedy('remove the alias, then add the NS records: both cannot stand at one name', {
          parent: [...new Map(rrsets.flatMap(removeAll).map(line => [line.line, line])).values()],
        }),
        { seen: found.map(({ parent }) => parent.dname ?? parent.ns), subject: cut },
      ),
    ];
  },
};

function aliasesIn({ ns, dname }: ParentFacts): ReturnType<typeof groupRecords> {
  const records = [ns, dname].flatMap(seen =>
    seen?.exchange.kind === 'response' ? seen.exchange.message.answer : [],
  );
  return groupRecords(records.filter(({ type }) => type === 'CNAME' || type === 'DNAME')).slice(0, 1);
}
