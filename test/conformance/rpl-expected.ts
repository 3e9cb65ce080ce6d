/** A scenario that fails here for a reason that is known. */
export interface ExpectedFailure {
  /** The name of the file, without folder. */
  readonly file: string;
  /** Why zonecut is right, or what it would take. */
  readonly why: string;
}

/** Scenarios that are expected to fail, by the name of their file; one that passes all the same counts as passed. */
export const expectedFailures: readonly ExpectedFailure[] = [
  {
    file: 'iter_scrub_rr_length.rpl',
    why: 'A record whose RDLENGTH its type cannot have makes the whole message unreadable here (RFC 1035 section 4.1.3), and it is waited for another. To pass, the codec would have to hand on broken records one by one.',
  },
  {
    file: 'ttl_max.rpl',
    why: 'The last check wants the root NS RRset in the ANSWER of a query without RD. The capped TTLs pass; out of the cache zonecut answers what was asked, or is REFUSED: it has no delegations to offer.',
  },
  {
    file: 'iter_timeout_ra_aaaa.rpl',
    why: 'The only server of the zone sets RA and never AA: a resolver that the parent refers to. zonecut calls that lame and fails; Unbound takes the answer in the end. To pass, lame servers would have to count when nothing else is left.',
  },
  {
    file: 'val_nsec3_nods_soa.rpl',
    why: 'The NSEC3 records have 123 iterations. Above 50 zonecut takes a zone for unsigned (RFC 9276 section 3.2); Unbound draws the line at 150 and finds the proof wrong.',
  },
];
