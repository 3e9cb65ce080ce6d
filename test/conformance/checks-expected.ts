/** A bundle that does not give what it expects, and why ours is right. */
export interface ExpectedFailure {
  readonly id: string;
  readonly why: string;
}

/** Every bundle that is known to give something else than it expects. */
export const expectedFailures: readonly ExpectedFailure[] = [];
