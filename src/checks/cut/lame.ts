import type { ChildFacts, CutFacts } from '../../survey/facts.ts';
import type { Check } from './finding.ts';
import { dropServer, hit, listText, remedy, serverText } from './parts.ts';
import { type ChildWord, childWord, workingChildren } from './said.ts';

/** A check that tells of every server of the cut which is lame in one way (RFC 9499 section 7). */
export function lameCheck(id: ChildWord, rule: string, advice: string): Check {
  return {
    id,
    rule,
    find: facts =>
      facts.children.flatMap(child => {
        const { word, text } = childWord(child, facts);
        const { server } = child.soa;
        return word === id
          ? [
              hit(
                `${serverText(server)} ${text}${child.names.length > 1 ? ` (${listText(child.names)})` : ''}`,
                remedy(`${advice}, or take it out of the NS records`, dropServer(facts, server.name)),
                { subject: server.name ?? facts.cut, seen: evidenceOf(child), ...variantOf(child, facts) },
              ),
            ]
          : [];
      }),
  };
}

function evidenceOf({ soa, tcp }: ChildFacts): readonly ChildFacts['soa'][] {
  return soa.exchange.kind === 'response' || tcp === null ? [soa] : [soa, tcp];
}

/** `child-only` for a server that the parent does not send to; `expired` for one of several that fails where others work. */
function variantOf({ from, soa }: ChildFacts, facts: CutFacts): { readonly variant?: string } {
  if (from === 'child-only') {
    return { variant: 'child-only' };
  }
  const isServfail = soa.exchange.kind === 'response' && soa.exchange.message.rcode === 'SERVFAIL';
  return isServfail && workingChildren(facts).length > 0 ? { variant: 'expired' } : {};
}
