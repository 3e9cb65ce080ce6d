/** A recorded exchange that a driver does not do the same way, and why that is right. */
export interface ExpectedMisfit {
  /** How the exchange's name begins: a file, or a folder for all in it. */
  readonly id: string;
  /** What the misfit says, at least. */
  readonly shows: string;
  readonly why: string;
}

/** Every misfit that is known, with its reason. */
export const expectedMisfits: readonly ExpectedMisfit[] = [];
