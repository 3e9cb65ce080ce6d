import { ZonecutError } from '../error.ts';
import { digestOf } from './digest.ts';
import { type Plan, planSchema } from './plan.ts';
import { checkRails } from './rails.ts';
import { misfitOf } from './schema.ts';

const hint =
  'Make a new one with `zonecut plan ... -o FILE`; what a plan does is changed by planning again, not by editing.';

/** The text of a plan file: JSON for people and programs, with the digest that shows an edit. */
export function printPlanFile(plan: Plan): string {
  return `${JSON.stringify({ digest: `sha256:${digestOf(plan)}`, plan }, null, 2)}\n`;
}

/**
 * The plan in the text of a plan file.
 *
 * Throws ZC_PLAN_FILE when the text is no plan file (schemas/plan-v1.json), is of another version, or was edited, and ZC_PLAN_REFUSED when it touches
 * more than its cut.
 */
export function parsePlanFile(text: string, file: string): Plan {
  const value = parseJson(text, file);
  const plan = memberOf(value, 'plan');
  const schema = memberOf(plan, 'schema');
  if (schema === undefined) {
    throw new ZonecutError('ZC_PLAN_FILE', `${file} is JSON, but no plan of zonecut`, { hint });
  }
  if (schema !== planSchema) {
    throw new ZonecutError(
      'ZC_PLAN_FILE',
      `${file} is a plan of version ${JSON.stringify(schema)}, this zonecut reads ${planSchema}`,
      {
        hint,
      },
    );
  }
  const digest = memberOf(value, 'digest');
  const found = plan as Plan;
  if (digest !== `sha256:${digestOf(found)}`) {
    throw new ZonecutError(
      'ZC_PLAN_FILE',
      `${file} was edited after it was made: its digest does not fit what it says`,
      { hint },
    );
  }
  const misfit = misfitOf(value);
  if (misfit !== null) {
    throw new ZonecutError('ZC_PLAN_FILE', `${file} is no plan that zonecut could have made: ${misfit}`, {
      hint,
    });
  }
  checkRails(found);
  return found;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ZonecutError('ZC_PLAN_FILE', `${file} is not JSON`, { hint, cause });
  }
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
}
