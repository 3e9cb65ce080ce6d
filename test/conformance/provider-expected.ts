/** A recorded exchange that a driver does not do the same way, and why that is right. */
export interface ExpectedMisfit {
  /** How the exchange's name begins: a file, or a folder for all in it. */
  readonly id: string;
  /** What the misfit says, at least. */
  readonly shows: string;
  readonly why: string;
}

/** Hosts of rows, whose recordings change the data of a row in its place. */
const addsFirst = (host: string, shows: string): ExpectedMisfit => ({
  id: `cassettes/${host}/IntegrationTests/test_provider_when_calling_update_record_should_modify_record_name_specified.yaml`,
  shows,
  why: 'the driver adds the new row and then removes the old one, since in a set of several rows no moment may be without any',
});

/** Every misfit that is known, with its reason. */
export const expectedMisfits: readonly ExpectedMisfit[] = [
  {
    id: 'cassettes/porkbun/IntegrationTests/test_provider_when_calling_update_record_should_modify_record_name_specified.yaml',
    shows: 'the call is POST /api/json/v3/dns/create/',
    why: 'other data is another row: it is added before the old one goes, so that no moment is without; others edit the row in its place',
  },
  addsFirst('linode', 'the call is POST'),
  addsFirst('vultr', 'the call is POST'),
];
