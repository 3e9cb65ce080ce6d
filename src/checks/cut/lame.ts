import type { ChildFacts, CutFacts } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { dropServer, hit, listText, remedy } from './parts.ts';
import { type ChildWord, childWord, workingChildren } from './said.ts';

/** A check that tells of every server of the cut which is lame in one way (RFC 9499 section 7), its addresses together. */
export function lameCheck(id: ChildWord, rule: string, advice: string): Check {
  return {
    id,
    rule,
    find: facts => {
      const groups = new Map<string, { readonly children: ChildFacts[]; readonly text: string }>();
      for (const child of facts.children) {
        const { word, text } = childWord(child, facts);
        const key = `${child.names.join(' ')} ${child.from} ${text}`;
        if (word === id) {
          groups.set(key, { text, children: [...(groups.get(key)?.children ?? []), child] });
        }
      }
      return [...groups.values()].map(({ children, text }) => {
        const [{ names = [] } = {}] = children;
        const [name = facts.cut] = names;
        return hit(
          `${listText(names)} (${children.map(({ address }) => address).join(', ')}) ${text}`,
          remedy(`${advice}, or take it out of the NS records`, dropServer(facts, name)),
          { subject: name, seen: children.flatMap(evidenceOf), ...variantOf(children, facts) },
        );
      });
    },
  };
}

function evidenceOf({ soa, tcp }: ChildFacts): readonly ChildFacts['soa'][] {
  return soa.exchange.kind === 'response' || tcp === null ? [soa] : [soa, tcp];
}

/** `child-only` for a server that the parent does not send to; `expired` for one of several that fails where others work. */
function variantOf(children: readonly ChildFacts[], facts: CutFacts): { readonly variant?: string } {
  if (children.some(({ from }) => from === 'child-only')) {
    return { variant: 'child-only' };
  }
  const isServfail = children.some(
    ({ soa }) => soa.exchange.kind === 'response' && soa.exchange.message.rcode === 'SERVFAIL',
  );
  return isServfail && workingChildren(facts).length > 0 ? { variant: 'expired' } : {};
}
