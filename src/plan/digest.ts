import { createHash } from 'node:crypto';
import { canonicalJson } from '../providers/digest.ts';
import type { Plan } from './plan.ts';

/** The SHA-256 of a plan in hex, over its JSON with the members of every object in the order of their names. */
export function digestOf(plan: Plan): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}
