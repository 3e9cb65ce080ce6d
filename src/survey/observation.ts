import type { Name } from '../dns/name.ts';
import { groupRecords, isType, type Rdata, type RRset } from '../dns/rrset.ts';
import type { Observation } from './facts.ts';
import { type Answer, answerOf, nsShown } from './view.ts';

/** What an observation says of its question, told apart. */
export const answerIn: (seen: Observation) => Answer = once(({ exchange, question }) =>
  exchange.kind === 'not-asked'
    ? { kind: 'silent', why: exchange.why }
    : answerOf(exchange, question.name, question.type),
);

/** Every RRset in the three sections of an answer; none where none came. */
export const rrsetsIn: (seen: Observation) => readonly RRset[] = once(seen => {
  const { exchange } = seen;
  if (exchange.kind !== 'response') {
    return [];
  }
  const { answer, authority } = exchange.message;
  return [...groupRecords(answer), ...groupRecords(authority), ...additionalIn(seen)];
});

const additionalIn: (seen: Observation) => readonly RRset[] = once(({ exchange }) =>
  exchange.kind === 'response' ? groupRecords(exchange.message.additional) : [],
);

/** The NS set of exactly `cut` that an answer to `cut NS` shows, in its answer or as a referral; null when it shows none. */
export function nsIn(seen: Observation, cut: Name): RRset<'NS'> | null {
  return nsShown(answerIn(seen), cut);
}

/** The addresses of `name` in the additional section, IPv4 first. */
export function glueIn(seen: Observation, name: Name): readonly string[] {
  const glue = additionalIn(seen).filter(
    rrset => rrset.owner === name && (isType(rrset, 'A') || isType(rrset, 'AAAA')),
  );
  return ['A', 'AAAA'].flatMap(type =>
    glue.filter(rrset => rrset.type === type).flatMap(({ data }): Rdata[] => [...data]),
  );
}

/** `read`, which reads each observation once: checks by the dozen want to know the same of it. */
function once<T>(read: (seen: Observation) => T): (seen: Observation) => T {
  const known = new WeakMap<Observation, { readonly value: T }>();
  return seen => {
    const found = known.get(seen) ?? { value: read(seen) };
    known.set(seen, found);
    return found.value;
  };
}
