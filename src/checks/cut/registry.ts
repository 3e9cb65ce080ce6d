import type { Check } from './finding.ts';

/** Every check, in the order in which findings are told. docs/checks has a page of each. */
export const checks: readonly Check[] = [];
