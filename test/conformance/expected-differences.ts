/** A vector whose expectation we do not share. */
export interface ExpectedDifference {
  readonly id: string;
  /** The rule that our answer follows. */
  readonly rfc: string;
  readonly why: string;
}

const ohttp = {
  rfc: 'RFC 9540 section 4',
  why: 'key8 is ohttp, whose value must be empty; the program that made the case does not know the key',
};

/** Every vector on which our answer differs from the expected one, and why ours is right. */
export const expectedDifferences: readonly ExpectedDifference[] = [
  ...['SVCB', 'HTTPS'].flatMap(type =>
    ['key8="2222"', 'key8=2222', 'key8="2222" #2', 'key8="2222" alpn=h2'].map(parameters => ({
      id: `bind-rdata-cases ${type}/IN text 2 svc.example.net. ${parameters}`,
      ...ohttp,
    })),
  ),
  {
    id: 'bind-rdata-cases KEY/IN wire c0000000',
    rfc: 'RFC 2535 section 3.1.2',
    why: 'the flags say "no key", and then the data ends after the algorithm',
  },
  {
    id: 'bind-checkzone bad-rpz-prefix.db',
    rfc: 'RFC 2181 section 11',
    why: 'the owner is refused for a meaning that only a response policy gives it; any label may be in the DNS',
  },
  {
    id: 'bind-checkzone warn.inherited.owner.db',
    rfc: 'RFC 1035 section 5.1',
    why: 'the file that it includes is not among the vectors, so that the zone has no NS records',
  },
  ...['rr-test.zone line 169', 'rr-test.cmp_zone line 105'].map(place => ({
    id: `nsd/rr-test ${place}`,
    rfc: 'RFC 6895 section 3.1, with draft-reid-dnsext-rkey-00 section 3.1 as the reference of the registry',
    why: 'the flags of RKEY must be zero, as BIND holds too',
  })),
  {
    id: 'domain-zonefiles stroverflow.yaml',
    rfc: 'RFC 1035 section 3.3',
    why: 'a character-string has 255 octets at most; the case joins two of them, and we refuse to guess where to part',
  },
  {
    id: 'domain-zonefiles unknown-zero-length.yaml',
    rfc: 'RFC 1035 section 3.3.14, RFC 3597 section 5',
    why: 'TXT is one or more character-strings; data of a known type in generic form must be legal for it',
  },
];
