/** Those of `watchedChecks` that are about keys, of names with DS at their parent. */
export const watchedKeyChecks: ReadonlySet<string> = new Set([
  'ds-no-match',
  'ds-unsigned-zone',
  'dnskey-not-signed-by-ds',
  'ds-algorithm-unsigned',
  'ds-digest-invalid',
  'ds-key-not-zone-key',
  'child-signing-inconsistent',
  'dnskey-unavailable',
  'rrsig-expired',
]);

/**
 * The checks that an audit tells of, by id: those whose absence the fast walk proves, and those that only a name can have which
 * has one of them too.
 *
 * `zonecut check` runs all others as well.
 */
export const watchedChecks: ReadonlySet<string> = new Set([
  // The parent.
  'delegation-missing',
  'parent-undetermined',
  'parent-no-response',
  'parent-server-lame',
  'parent-inconsistent',
  'child-is-alias',
  'cut-masked-by-shared-server',
  'cut-hidden-by-higher-cut',
  // The NS sets of both sides.
  'ns-single',
  'ns-set-mismatch',
  'ns-set-disjoint',
  'child-ns-missing',
  'child-ns-inconsistent',
  'ns-is-alias',
  'ns-unresolvable',
  'ns-missing-dot',
  'ns-typo',
  'ns-shared-address',
  'stealth-ns',
  // Glue.
  'glue-missing',
  'glue-mismatch',
  'glue-incomplete',
  'address-not-global',
  // Every server of the child.
  'delegation-dead',
  'lame-rcode',
  'lame-not-authoritative',
  'lame-upward-referral',
  'lame-broken-response',
  'lame-no-response',
  'child-soa-missing',
  'child-soa-multiple',
  'serial-skew',
  // Who else can answer.
  'cyclic-dependency',
  'depends-on-lame-zone',
  'ns-domain-unregistered',
  'dangling-zone',
  'dangling-partial',
  'child-only-stale-ns',
  'ns-sacrificial',
  ...watchedKeyChecks,
]);
