import type { CutFacts } from '../survey/facts.ts';
import { severityOf } from './cut/judge.ts';
import { oldServersStillAnswer } from './cut/old-servers-still-answer.ts';
import { defaultProfile } from './cut/profile.ts';
import type { Finding } from './finding.ts';

/** What is to be said of servers that the cut was delegated to, by the check of `zonecut check`; none where `facts` has none. */
export function judgeFormer(facts: CutFacts): readonly Finding[] {
  return oldServersStillAnswer.find(facts).map(({ text, remedy, variant = null }) => ({
    code: 'old-servers-still-answer',
    severity: severityOf(oldServersStillAnswer.id, variant, defaultProfile) === 'error' ? 'error' : 'warning',
    subject: facts.cut,
    server: null,
    text,
    remedy: remedy.text,
  }));
}
