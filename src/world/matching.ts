import type { Message, Question } from '../dns/message.ts';

/**
 * Whether `response` can be what a server says to `query`, which was sent with `id`: QR set, and ID, opcode and question the
 * same.
 *
 * The question is compared letter by letter when the query mixed case. A server that could not read the query
 * may leave the question out (RFC 8906 section 3.1.3), so FORMERR and NOTIMP pass without one.
 */
export function isResponseTo(query: Message, response: Message, id: number = query.id): boolean {
  if (!response.response || response.id !== id || response.opcode !== query.opcode) {
    return false;
  }
  if (response.questions.length === 0) {
    return query.questions.length === 0 || response.rcode === 'FORMERR' || response.rcode === 'NOTIMP';
  }
  return (
    response.questions.length === query.questions.length &&
    query.questions.every((asked, index) => isSameQuestion(asked, response.questions[index]))
  );
}

function isSameQuestion(asked: Question, echoed: Question | undefined): boolean {
  return (
    echoed !== undefined &&
    echoed.name === asked.name &&
    echoed.type === asked.type &&
    echoed.class === asked.class &&
    (asked.spelling === undefined || (echoed.spelling ?? echoed.name) === asked.spelling)
  );
}
