/** What one judge and zonecut both look for, in the words of each. */
export interface Row {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** Why the two say different things of a scenario, and why ours is right; by its label. */
  readonly explained?: Readonly<Record<string, string>>;
}

const ends = 'Zonemaster ends where no server answers; the rest is worth knowing all the same';

/** Tags of Zonemaster Engine 4.6. Addresses are left out: the world is declared offline, so that loopback is no fault. */
export const zonemasterRows: readonly Row[] = [
  { ours: ['delegation-missing', 'delegation-dead'], theirs: ['CANNOT_CONTINUE'] },
  {
    ours: ['child-is-alias'],
    theirs: ['B01_CHILD_IS_ALIAS'],
    explained: { 'child-alias': 'Zonemaster ends before it asks for an alias' },
  },
  {
    ours: ['lame-rcode'],
    theirs: ['CN01_UNEXPECTED_RCODE_SOA_QUERY_UDP'],
    explained: { dead: ends },
  },
  { ours: ['lame-no-response'], theirs: ['CN01_NO_RESPONSE_UDP'] },
  { ours: ['ns-single'], theirs: ['NOT_ENOUGH_NS_DEL', 'NOT_ENOUGH_NS_CHILD'] },
  {
    ours: ['ns-set-mismatch', 'ns-set-disjoint'],
    theirs: ['EXTRA_NAME_PARENT', 'EXTRA_NAME_CHILD', 'TOTAL_NAME_MISMATCH'],
  },
  { ours: ['ns-set-disjoint'], theirs: ['TOTAL_NAME_MISMATCH'] },
  { ours: ['child-ns-inconsistent'], theirs: ['MULTIPLE_NS_SET'] },
  { ours: ['ns-is-alias'], theirs: ['NS_IS_CNAME'] },
  { ours: ['ns-unresolvable'], theirs: ['CAN_NOT_BE_RESOLVED'] },
  { ours: ['ns-shared-address'], theirs: ['DEL_NS_SAME_IP', 'CHILD_NS_SAME_IP'] },
  {
    ours: ['ns-no-ipv6'],
    theirs: ['NO_IPV6_NS_DEL', 'NO_IPV6_NS_CHILD'],
    explained: { dead: ends },
  },
  {
    ours: ['glue-mismatch'],
    theirs: ['IN_BAILIWICK_ADDR_MISMATCH'],
    explained: {
      alias: 'an alias has no address of its own that glue could differ from; ns-is-alias says it',
    },
  },
  { ours: ['serial-skew'], theirs: ['MULTIPLE_SOA_SERIALS'] },
  {
    ours: ['soa-mismatch'],
    theirs: ['MULTIPLE_SOA_RNAMES', 'MULTIPLE_SOA_TIME_PARAMETER_SET', 'MULTIPLE_SOA_MNAMES'],
  },
  { ours: ['axfr-open'], theirs: ['AXFR_AVAILABLE'] },
  { ours: ['qname-case'], theirs: ['QNAME_CASE_INSENSITIVE', 'CASE_QUERY_NO_ANSWER'] },
  { ours: ['source-address-differs'], theirs: ['DIFFERENT_SOURCE_IP'] },
  { ours: ['signed-no-ds'], theirs: ['DNSKEY_BUT_NOT_DS'] },
  { ours: ['ds-unsigned-zone'], theirs: ['DS11_DS_BUT_UNSIGNED_ZONE'] },
  { ours: ['ds-no-match'], theirs: ['DS02_NO_VALID_DNSKEY_FOR_ANY_DS'] },
  { ours: ['dnskey-not-signed-by-ds'], theirs: ['DS02_DNSKEY_NOT_SIGNED_BY_ANY_DS'] },
  { ours: ['rrsig-expired'], theirs: ['RRSIG_EXPIRED', 'DS08_DNSKEY_RRSIG_EXPIRED'] },
  { ours: ['ds-digest-deprecated'], theirs: ['DS01_DS_ALGO_DEPRECATED'] },
  { ours: ['ds-digest-no-sha256'], theirs: ['DS01_DS_ALGO_2_MISSING'] },
];

/** Codes of DNSViz 0.9, which are about the chain of trust first. */
export const dnsvizRows: readonly Row[] = [
  { ours: ['ds-unsigned-zone', 'ds-no-match', 'dnskey-not-signed-by-ds'], theirs: ['NO_SEP'] },
  { ours: ['ds-unsigned-zone'], theirs: ['MISSING_RRSIG'] },
  { ours: ['rrsig-expired'], theirs: ['EXPIRATION_IN_PAST'] },
  { ours: ['ds-digest-deprecated'], theirs: ['DIGEST_ALGORITHM_PROHIBITED'] },
  {
    ours: ['glue-mismatch'],
    theirs: ['GLUE_MISMATCH'],
  },
];

/** What was found of each scenario, by its label. */
export type Verdicts = ReadonlyMap<string, ReadonlySet<string>>;

/** How often the two agree and differ, row by row, as a table; and what no row explains. */
export function compare(
  rows: readonly Row[],
  ours: Verdicts,
  theirs: Verdicts,
): { readonly table: string; readonly unexplained: readonly string[] } {
  const lines = ['both  neither  explained  unexplained  check'];
  const unexplained: string[] = [];
  for (const row of rows) {
    let both = 0;
    let neither = 0;
    let explained = 0;
    const open: string[] = [];
    for (const [label, found] of ours) {
      const we = row.ours.some(id => found.has(id));
      const they = row.theirs.some(tag => theirs.get(label)?.has(tag));
      const isExplained = row.explained?.[label] !== undefined;
      if (we === they) {
        both += we ? 1 : 0;
        neither += we ? 0 : 1;
        if (isExplained) open.push(`${label}: explained, and there is no difference`);
      } else if (isExplained) explained += 1;
      else open.push(`${label}: only ${we ? 'zonecut' : 'the judge'} reports it`);
    }
    const name = `${row.ours.join(', ')} ~ ${row.theirs.join(', ')}`;
    lines.push(
      [
        String(both).padStart(4),
        String(neither).padStart(7),
        String(explained).padStart(9),
        String(open.length).padStart(11),
        name,
      ].join('  '),
    );
    unexplained.push(...open.map(line => `${name}: ${line}`));
  }
  return { table: `${lines.join('\n')}\n`, unexplained };
}
