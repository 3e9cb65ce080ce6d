import type { Name } from '../dns/name.ts';
import type { ResolverCell } from '../survey/grid.ts';
import { nsShown, type View } from '../survey/view.ts';

/** When a resolver lets go of an old answer, by its own word, and what says so. */
export interface LetsGo {
  readonly seconds: number;
  readonly reason: string;
}

/** What a resolver has: the new answer in every sample, in some, in none; or it says nothing. */
export type CellState =
  | { readonly kind: 'new' }
  | {
      readonly kind: 'mixed';
      readonly fresh: number;
      readonly of: number;
      /** The latest among the samples; null when they do not say. */
      readonly letsGo: LetsGo | null;
    }
  | { readonly kind: 'old'; readonly letsGo: LetsGo | null }
  | { readonly kind: 'silent'; readonly why: string };

/** What `cell` says of `cut`, which shall have the name servers `wanted`. */
export function stateOf({ samples }: ResolverCell, cut: Name, wanted: readonly Name[]): CellState {
  const text = [...wanted].sort().join(' ');
  const answered = samples.filter(({ ns }) => ns.answer.kind !== 'silent' && ns.answer.kind !== 'error');
  const [first] = samples;
  if (answered.length === 0) {
    const answer = first?.ns.answer;
    const why =
      answer?.kind === 'silent' ? answer.why : answer?.kind === 'error' ? answer.rcode : 'not asked';
    return { kind: 'silent', why };
  }
  const fresh = answered.filter(({ ns, soa }) => {
    const shown = nsShown(ns.answer, cut);
    return shown !== null && [...shown.data].sort().join(' ') === text && soa.answer.kind === 'answer';
  });
  if (fresh.length === answered.length) {
    return { kind: 'new' };
  }
  const letsGo = answered
    .filter(sample => !fresh.includes(sample))
    .map(({ ns, soa }) => letsGoOf(ns) ?? letsGoOf(soa))
    .reduce(
      (last, one) => (one !== null && (last === null || one.seconds > last.seconds) ? one : last),
      null,
    );
  return fresh.length === 0
    ? { kind: 'old', letsGo }
    : { kind: 'mixed', fresh: fresh.length, of: answered.length, letsGo };
}

/** The TTL that is left in an old answer. */
function letsGoOf({ answer }: View): LetsGo | null {
  switch (answer.kind) {
    case 'nxdomain':
    case 'nodata':
      return answer.soa === null
        ? null
        : {
            seconds: answer.soa.ttl,
            reason: `the SOA in its ${answer.kind === 'nxdomain' ? 'NXDOMAIN' : 'empty answer'} has that TTL left (RFC 2308 section 5)`,
          };
    case 'answer':
      return { seconds: answer.rrset.ttl, reason: `its ${answer.rrset.type} records have that TTL left` };
    case 'alias':
      return { seconds: answer.rrset.ttl, reason: 'its CNAME has that TTL left' };
    default:
      return null;
  }
}
