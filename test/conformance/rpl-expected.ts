/** A scenario that fails here for a reason that is known. */
export interface ExpectedFailure {
  /** The name of the file, without folder. */
  readonly file: string;
  /** Why zonecut is right, or what it would take. */
  readonly why: string;
}

/** Scenarios that are expected to fail; one that passes all the same is a failure of this list. */
export const expectedFailures: readonly ExpectedFailure[] = [];
