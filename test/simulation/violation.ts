/** A promise that was not kept. */
export interface Violation {
  /**
   * `name`: a name that had users did not resolve. `dangling`: caches led to a server without the zone. `foreign`: something
   * else than the one cut was changed. `lost`: a record of the user's is gone. `end`: the run did not end as it should.
   * `secret`: a secret was printed or written down. `early`: a run said that no cache holds the old answer, and one can.
   * `bogus`: a validator could hold a DS together with data that its keys do not sign.
   */
  readonly kind: 'name' | 'dangling' | 'foreign' | 'lost' | 'end' | 'secret' | 'early' | 'bogus';
  readonly text: string;
}
