import { makeQuery, makeResponse } from '../../dns/message.ts';
import { childOf, maxLabelOctets, maxNameOctets, type Name, wireOctets } from '../../dns/name.ts';
import { encodeMessage } from '../../dns/wire.ts';
import type { ParentFacts } from '../../survey/facts.ts';
import { nsIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';

/** Octets that every client takes, with and without EDNS (RFC 1035 section 2.3.4, RFC 9715). */
const withoutEdns = 512;
const withEdns = 1232;

/** The referral does not fit into the packets that resolvers ask for. */
export const referralTooLarge: Check = {
  id: 'referral-too-large',
  rule: 'RFC 1035 section 2.3.4, RFC 9471 section 3.1, RFC 9715',
  find: facts => {
    const { cut } = facts;
    const large = facts.parents
      .map(parent => ({ parent, octets: referralOctets(parent, cut) }))
      .toSorted((a, b) => b.octets - a.octets)[0];
    const failing = facts.parents.filter(
      ({ ns }) => ns.exchange.kind === 'response' && ns.exchange.message.truncated,
    );
    const advice = remedy('name fewer servers, or name them below one domain, so that their names compress');
    const broken = failing.map(({ ns }) =>
      hit(
        `${serverText(ns.server)} truncates the referral to ${cut}, and TCP does not give it either`,
        advice,
        {
          variant: 'unreachable',
          seen: [ns],
        },
      ),
    );
    if (large === undefined || large.octets <= withoutEdns) {
      return broken;
    }
    const limit = large.octets > withEdns ? withEdns : withoutEdns;
    return [
      ...broken,
      hit(
        `for the longest names the referral to ${cut} has ${large.octets} octets, more than ${limit}, which ${limit === withEdns ? 'resolvers ask for' : 'is all that clients without EDNS take'}`,
        advice,
        { seen: [large.parent.ns], ...(limit === withEdns ? { variant: 'edns' } : {}) },
      ),
    ];
  },
};

/**
 * Octets of the referral for a question with the longest name below the cut, as a server without compression of that name
 * would send it: NS records and their glue, DNSSEC left out; 0 where the server refers nowhere.
 */
function referralOctets({ ns }: ParentFacts, cut: Name): number {
  const set = nsIn(ns, cut);
  if (set === null || ns.exchange.kind !== 'response' || ns.exchange.message.authoritative) {
    return 0;
  }
  const { additional } = ns.exchange.message;
  const message = {
    ...makeResponse(makeQuery(longestBelow(cut), 'A', { udpSize: null })),
    authority: set.data.map(data => ({ owner: cut, type: 'NS', class: 'IN', ttl: set.ttl, data })),
    additional: additional.filter(
      ({ type, owner }) => (type === 'A' || type === 'AAAA') && set.data.some(name => name === owner),
    ),
  };
  return encodeMessage(message).length;
}

/** A name of 255 octets below `cut`, or nearly. */
function longestBelow(cut: Name): Name {
  let name = cut;
  for (
    let room = maxNameOctets - wireOctets(name) - 1;
    room > 0;
    room = maxNameOctets - wireOctets(name) - 1
  ) {
    name = childOf('x'.repeat(Math.min(room, maxLabelOctets)), name);
  }
  return name;
}
