import type { Name } from '../dns/name.ts';
import { groupRecords, isType, type Rdata, type RRset } from '../dns/rrset.ts';
import type { Observation } from './facts.ts';
import { type Answer, answerOf, nsShown } from './view.ts';

/** What an observation says of its question, told apart. */
export function answerIn({ exchange, question }: Observation): Answer {
  return exchange.kind === 'not-asked'
    ? { kind: 'silent', why: exchange.why }
    : answerOf(exchange, question.name, question.type);
}

/** Every RRset in the three sections of an answer; none where none came. */
export function rrsetsIn({ exchange }: Observation): readonly RRset[] {
  if (exchange.kind !== 'response') {
    return [];
  }
  const { answer, authority, additional } = exchange.message;
  return [answer, authority, additional].flatMap(section => groupRecords(section));
}

/** The NS set of exactly `cut` that an answer to `cut NS` shows, in its answer or as a referral; null when it shows none. */
export function nsIn(seen: Observation, cut: Name): RRset<'NS'> | null {
  return nsShown(answerIn(seen), cut);
}

/** The addresses of `name` in the additional section, IPv4 first. */
export function glueIn({ exchange }: Observation, name: Name): readonly string[] {
  if (exchange.kind !== 'response') {
    return [];
  }
  const glue = groupRecords(exchange.message.additional).filter(
    rrset => rrset.owner === name && (isType(rrset, 'A') || isType(rrset, 'AAAA')),
  );
  return ['A', 'AAAA'].flatMap(type =>
    glue.filter(rrset => rrset.type === type).flatMap(({ data }): Rdata[] => [...data]),
  );
}
