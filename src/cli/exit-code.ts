import type { ErrorCode } from '../error.ts';

/** What the command's exit status says. The table of docs/errors.md, with a test for each. */
export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  cancelled: 3,
  credentials: 4,
  verify: 5,
  conflict: 6,
  unsafe: 7,
  pending: 8,
  interrupted: 130,
} as const;

/** The exit status for each error. */
export const exitCodeOf: Readonly<Record<ErrorCode, number>> = {
  ZC_NAME: exitCodes.usage,
  ZC_RDATA: exitCodes.usage,
  ZC_WIRE: exitCodes.error,
  ZC_ZONEFILE: exitCodes.usage,
  ZC_ZONE: exitCodes.error,
  ZC_USAGE: exitCodes.usage,
  ZC_NO_TERMINAL: exitCodes.usage,
  ZC_CANCELLED: exitCodes.cancelled,
  ZC_PORT: exitCodes.error,
  ZC_CREDENTIALS: exitCodes.credentials,
  ZC_RIGHTS: exitCodes.credentials,
  ZC_PROVIDER_UNKNOWN: exitCodes.usage,
  ZC_PROVIDER_CONFLICT: exitCodes.conflict,
  ZC_PROVIDER_REFUSED: exitCodes.error,
  ZC_PROVIDER_THROTTLED: exitCodes.error,
  ZC_PROVIDER_UNAVAILABLE: exitCodes.error,
  ZC_PROVIDER_RESPONSE: exitCodes.error,
  ZC_ZONE_NOT_FOUND: exitCodes.error,
  ZC_PLAN_REFUSED: exitCodes.unsafe,
  ZC_PLAN_STALE: exitCodes.conflict,
  ZC_PLAN_FILE: exitCodes.usage,
  ZC_STEP_FAILED: exitCodes.error,
  ZC_VERIFY: exitCodes.verify,
  ZC_PENDING: exitCodes.pending,
  ZC_JOURNAL: exitCodes.error,
  ZC_OUTPUT: exitCodes.error,
  ZC_ADDRESS_REFUSED: exitCodes.error,
  ZC_LIMIT: exitCodes.error,
  ZC_INTERNAL: exitCodes.error,
};
