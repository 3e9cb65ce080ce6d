import { isType } from '../../dns/rrset.ts';
import type { CutFacts, FormerFacts } from '../../survey/facts.ts';
import { answerIn, nsIn } from '../../survey/observation.ts';
import { lameness } from '../judge.ts';
import type { Check, Hit } from './finding.ts';
import { hit, listText, remedy, serverText } from './parts.ts';
import { hasNoRoute, viewOf } from './said.ts';
import { allNames, delegatingParents, ownNs } from './sets.ts';

/** What a former server is to caches that may lead there. */
type Standing = 'unbounded' | 'waiting' | 'free' | 'gone';

/** Servers that the cut was delegated to: until when they have to answer for it, and from when they may go. */
export const oldServersStillAnswer: Check = {
  id: 'old-servers-still-answer',
  rule: 'RFC 1034 section 4.2.2, RFC 2181 section 5.4.1, draft-ietf-dnsop-ns-revalidation',
  find: facts => {
    const names = allNames(facts);
    const old = (facts.former ?? []).filter(({ name }) => !names.includes(name));
    const standings = old.map(former => ({ former, standing: standingOf(facts, former) }));
    return (['gone', 'unbounded', 'free', 'waiting'] as const).flatMap(standing => {
      const here = standings.flatMap(one => (one.standing === standing ? [one.former] : []));
      return here.length === 0 ? [] : [hitOf(facts, standing, here)];
    });
  },
};

/** Null for a server of which nothing is to be said: silent as it may be, or not asked. */
function standingOf(facts: CutFacts, { soa, ns, held, untilMs }: FormerFacts): Standing | null {
  const { cut, takenAtMs } = facts;
  const isNeeded = untilMs !== null && takenAtMs < untilMs;
  if (soa.exchange.kind === 'not-asked' || hasNoRoute(soa)) {
    return null;
  }
  if (lameness(viewOf(soa), cut) !== null) {
    return isNeeded && held ? 'gone' : null;
  }
  const own: readonly string[] = ownNs(ns, cut);
  // Where the cut is gone its servers can name none but themselves, and the wait is for that.
  const isLeaving = isNeeded && allNames(facts).length === 0;
  const namesItself = own.some(name => name === soa.server.name);
  return namesItself && !isLeaving ? 'unbounded' : isNeeded ? 'waiting' : 'free';
}

function hitOf(facts: CutFacts, standing: Standing, here: readonly FormerFacts[]): Hit {
  const { cut } = facts;
  const who = listText(here.map(({ soa }) => serverText(soa.server)));
  const still = here.length === 1 ? 'still answers' : 'still answer';
  const since = whenText(here);
  const names = listText(allNames(facts));
  const seen = here.flatMap(({ soa, ns }) => [soa, ns]);
  switch (standing) {
    case 'gone':
      return hit(
        `${who} ${here.length === 1 ? 'does' : 'do'} not answer for ${cut}, and caches can lead there until ${since}`,
        remedy(`bring ${cut} back there until ${since}, with the records that it has now`),
        { variant: 'gone', seen },
      );
    case 'unbounded':
      return hit(
        `${who} ${still} for ${cut} and ${here.length === 1 ? 'names itself' : 'name themselves'}: resolvers that refresh NS records from there never leave`,
        remedy(
          names === ''
            ? `take the zone ${cut} away there; until then whoever has its NS records goes on with it`
            : `put the NS records ${names} into the zone ${cut} there, wait ${boundText(facts, here)}, then take it away`,
        ),
        { variant: 'unbounded', seen },
      );
    case 'waiting':
      return hit(
        `${who} ${still} for ${cut}, and must until ${since}: caches can lead there`,
        remedy(`leave the zone ${cut} there until ${since}; then it may go`),
        { variant: 'waiting', seen },
      );
    case 'free':
      return hit(
        since === null
          ? `${who} ${still} for ${cut}: caches can lead there for ${boundText(facts, here)} after the change at the parent`
          : `${who} ${still} for ${cut}, and may go: since ${since} no cache leads there`,
        remedy(
          since === null
            ? `take the zone ${cut} away there ${boundText(facts, here)} after the change at the parent: what is edited there meanwhile is seen by nobody else`
            : `take the zone ${cut} away there: what is edited there is seen by nobody who asks now`,
        ),
        { seen },
      );
  }
}

/** The last moment at which a cache can lead to one of them; null where it is not known of all. */
function whenText(here: readonly FormerFacts[]): string | null {
  const until = here.map(({ untilMs }) => untilMs);
  return until.includes(null)
    ? null
    : new Date(Math.max(...until.map(ms => ms ?? 0))).toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * For how long caches can lead to former servers: the TTL of the NS records at the parent, and then that of the former servers' own (RFC 2181
 * section 5.4.1). The parent's old TTL is taken to be that of today.
 */
function boundText(facts: CutFacts, here: readonly FormerFacts[]): string {
  const above = Math.max(0, ...delegatingParents(facts).map(({ ns }) => nsIn(ns, facts.cut)?.ttl ?? 0));
  const own = Math.max(0, ...here.map(({ ns }) => ttlOf(ns, facts)));
  return `${above + own} s (NS: parent ${above}, there ${own})`;
}

function ttlOf(ns: FormerFacts['ns'], { cut }: CutFacts): number {
  const answer = answerIn(ns);
  return answer.kind === 'answer' && answer.rrset.owner === cut && isType(answer.rrset, 'NS')
    ? answer.rrset.ttl
    : 0;
}
