/** A recorded exchange that a driver does not do the same way, and why that is right. */
export interface ExpectedMisfit {
  /** How the exchange's name begins: a file, or a folder for all in it. */
  readonly id: string;
  /** What the misfit says, at least. */
  readonly shows: string;
  readonly why: string;
}

/** Every misfit that is known, with its reason. */
export const expectedMisfits: readonly ExpectedMisfit[] = [
  {
    id: 'cassettes/porkbun/IntegrationTests/test_provider_when_calling_update_record_should_modify_record_name_specified.yaml',
    shows: 'the call is POST /api/json/v3/dns/create/',
    why: 'other data is another row: it is added before the old one goes, so that no moment is without; others edit the row in its place',
  },
];
