import type { CutSurvey } from '../survey/survey.ts';
import { type Plan, planSchema } from './plan.ts';

/** What every plan begins with: its schema, who made it, when it was surveyed, and its run. */
export function planHead(
  { takenAtMs }: CutSurvey,
  { madeBy, run }: Pick<Plan, 'madeBy' | 'run'>,
): Pick<Plan, 'schema' | 'madeBy' | 'madeAt' | 'run'> {
  return { schema: planSchema, madeBy, madeAt: new Date(takenAtMs).toISOString(), run };
}
