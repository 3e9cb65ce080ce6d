import { judgeDeadlines, judgeNames } from './judge-names.ts';
import { judgeTrust } from './judge-trust.ts';
import { judgeEnds, judgeSecrets, judgeZones } from './judge-zones.ts';
import type { Story } from './story.ts';
import type { Violation } from './violation.ts';

/** All promises that were not kept in a story. */
export function judge(story: Story): readonly Violation[] {
  return [
    ...judgeEnds(story),
    ...judgeNames(story),
    ...judgeDeadlines(story),
    ...judgeTrust(story),
    ...judgeZones(story),
    ...judgeSecrets(story),
  ];
}
