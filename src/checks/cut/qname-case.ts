import type { CutFacts, DeepFacts } from '../../survey/facts.ts';
import { answerIn } from '../../survey/observation.ts';
import type { Check, Hit } from './finding.ts';
import { hit, remedy, serverText } from './parts.ts';
import { workingChildren } from './said.ts';

/** A server of the cut that does not give back the letters of a question as they were asked. Only in a deep survey. */
export const qnameCase: Check = {
  id: 'qname-case',
  rule: 'RFC 1034 section 3.1, RFC 4343 section 3',
  find: facts =>
    workingChildren(facts).flatMap(({ deep }) => (deep === undefined ? [] : hitsOf(facts, deep))),
};

function hitsOf({ cut }: CutFacts, { mixedCase }: DeepFacts): readonly Hit[] {
  if (mixedCase === null || mixedCase.exchange.kind === 'not-asked') {
    return [];
  }
  const { exchange, server } = mixedCase;
  const answer = answerIn(mixedCase);
  const isTruncated = exchange.kind === 'response' && exchange.message.truncated;
  if (!isTruncated && (answer.kind !== 'answer' || !answer.authoritative)) {
    const what = answer.kind === 'silent' ? answer.why : 'something else than its SOA record';
    return [
      hit(
        `${serverText(server)} answers for ${cut} in small letters, and in mixed case gives ${what}: names are the same whatever their case`,
        remedy(
          'compare names without regard to case: this is a fault of the server, or of what stands before it',
        ),
        { variant: 'answer', seen: [mixedCase] },
      ),
    ];
  }
  const asked = exchange.kind === 'response' ? exchange.message.questions : [];
  return asked.some(({ name, spelling }) => spelling === undefined && name === cut)
    ? [
        hit(
          `${serverText(server)} gives back the name of a question in small letters: resolvers that mix case against forgers take its answers for forged, and ask again over TCP`,
          remedy('keep the question as it came: this is a fault of the server, or of what stands before it'),
          { seen: [mixedCase] },
        ),
      ]
    : [];
}
