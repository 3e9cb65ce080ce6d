import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import type { AnswerCache } from './cache.ts';
import type { Verdict } from './classify.ts';
import type { Frame } from './frame.ts';
import { aliasFailure, answerOf, negativeOf } from './outcome.ts';
import type { Outcome } from './resolution.ts';
import { type Evidence, noEvidence } from './scrub.ts';

/** What a verdict on the whole question of a frame leads to. */
export type Settlement =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  /** The question goes on at `target`. */
  | {
      readonly kind: 'alias';
      readonly rrsets: readonly RRset[];
      readonly target: Name;
      readonly evidence: Evidence;
    }
  /** The server is of no use; the next one is asked. */
  | { readonly kind: 'set-back' };

/** Remembers in `answers` what `verdict` says of the target of `frame`, and gives what follows. */
export function settle(frame: Frame, verdict: Verdict, answers: AnswerCache, nowMs: number): Settlement {
  const { name, type } = frame.target;
  switch (verdict.kind) {
    case 'answer': {
      // Of ANY a server gives what it likes (RFC 8482): nothing to remember.
      const { rrsets, evidence } = verdict;
      const kept = type === 'ANY' ? rrsets : rrsets.map(rrset => answers.putAnswer(rrset, nowMs, evidence));
      return ended(answerOf(frame, kept, evidence));
    }
    case 'alias': {
      const { alias, evidence } = verdict;
      const kept = answers.putAlias(alias.rrsets, nowMs, evidence);
      return type === 'CNAME'
        ? ended(answerOf(frame, kept, evidence))
        : { kind: 'alias', rrsets: kept, target: alias.target, evidence };
    }
    case 'overlong-alias': {
      const dname = answers.putAnswer(verdict.dname, nowMs, verdict.evidence);
      const reason = `what ${dname.owner} DNAME makes of ${name} is longer than 255 octets`;
      return ended(aliasFailure(frame, 'overlong-alias', reason, [dname]));
    }
    case 'nodata':
      return nodata(frame, verdict.soa, verdict.evidence, answers, nowMs);
    case 'nxdomain': {
      const { soa, evidence } = verdict;
      const ttlSeconds = answers.putNxdomain(name, soa, nowMs, evidence);
      return ended(negativeOf(frame, 'nxdomain', soa, ttlSeconds, evidence));
    }
    case 'empty':
      // The first may be an accident; a second is what the zone says.
      return frame.empties > 0 ? nodata(frame, null, noEvidence, answers, nowMs) : { kind: 'set-back' };
    default:
      return { kind: 'set-back' };
  }
}

function nodata(
  frame: Frame,
  soa: RRset | null,
  evidence: Evidence,
  answers: AnswerCache,
  nowMs: number,
): Settlement {
  const { name, type } = frame.target;
  const ttlSeconds = answers.putNodata(name, type, soa, nowMs, evidence);
  return ended(negativeOf(frame, 'nodata', soa, ttlSeconds, evidence));
}

function ended(outcome: Outcome): Settlement {
  return { kind: 'outcome', outcome };
}
