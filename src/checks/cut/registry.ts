import { addressNotGlobal } from './address-not-global.ts';
import { ancestorServerError } from './ancestor-server-error.ts';
import { axfrOpen } from './axfr-open.ts';
import {
  cdsDelete,
  cdsInconsistent,
  cdsInvalid,
  cdsKeyNotSep,
  cdsNotSelfSigned,
  cdsUntrusted,
  cdsUpdatePending,
} from './cds.ts';
import { childIsAlias } from './child-is-alias.ts';
import { childNsInconsistent } from './child-ns-inconsistent.ts';
import { childNsMissing } from './child-ns-missing.ts';
import { childOnlyStaleNs } from './child-only-stale-ns.ts';
import { childSoaMissing } from './child-soa-missing.ts';
import { childSoaMultiple } from './child-soa-multiple.ts';
import { csyncPending } from './csync-pending.ts';
import { cutHiddenByHigherCut } from './cut-hidden-by-higher-cut.ts';
import { cutMasked } from './cut-masked-by-shared-server.ts';
import { cyclicDependency } from './cyclic-dependency.ts';
import { danglingPartial } from './dangling-partial.ts';
import { danglingZone } from './dangling-zone.ts';
import { delegationDead } from './delegation-dead.ts';
import { delegationMissing } from './delegation-missing.ts';
import { dependencyDepth } from './dependency-depth.ts';
import { dependsOnLameZone } from './depends-on-lame-zone.ts';
import { dsAtApex } from './ds-at-apex.ts';
import { dsDigestDeprecated, dsDigestInvalid, dsDigestNoSha256 } from './ds-digest.ts';
import {
  dnskeyNotSignedByDs,
  dsAlgorithmUnsigned,
  dsKeyNotSep,
  dsKeyNotZoneKey,
  dsNoMatch,
  dsUnsignedZone,
} from './ds-match.ts';
import { dsWithoutNs } from './ds-without-ns.ts';
import { ednsBroken } from './edns-broken.ts';
import type { Check } from './finding.ts';
import { glueExtra } from './glue-extra.ts';
import { glueIncomplete } from './glue-incomplete.ts';
import { glueMismatch } from './glue-mismatch.ts';
import { glueMissing } from './glue-missing.ts';
import { glueMissingSibling } from './glue-missing-sibling.ts';
import { glueTruncatedSilently } from './glue-truncated-silently.ts';
import { glueUnneeded } from './glue-unneeded.ts';
import { insecureProofMissing } from './insecure-proof-missing.ts';
import { lameBrokenResponse } from './lame-broken-response.ts';
import { lameNoResponse } from './lame-no-response.ts';
import { lameNotAuthoritative } from './lame-not-authoritative.ts';
import { lameRcode } from './lame-rcode.ts';
import { lameUpwardReferral } from './lame-upward-referral.ts';
import { multiProviderKeys } from './multi-provider-keys.ts';
import { nsAddressDangling } from './ns-address-dangling.ts';
import { nsDomainExpiring } from './ns-domain-expiring.ts';
import { nsDomainUnregistered } from './ns-domain-unregistered.ts';
import { nsFewIpv4 } from './ns-few-ipv4.ts';
import { nsFewIpv6 } from './ns-few-ipv6.ts';
import { nsIsAlias } from './ns-is-alias.ts';
import { nsMissingDot } from './ns-missing-dot.ts';
import { nsNameInvalid } from './ns-name-invalid.ts';
import { nsNoIpv4 } from './ns-no-ipv4.ts';
import { nsNoIpv6 } from './ns-no-ipv6.ts';
import { nsSacrificial } from './ns-sacrificial.ts';
import { nsSetDisjoint } from './ns-set-disjoint.ts';
import { nsSetMismatch } from './ns-set-mismatch.ts';
import { nsSharedAddress } from './ns-shared-address.ts';
import { nsSingle } from './ns-single.ts';
import { nsTooMany } from './ns-too-many.ts';
import { nsTtlExtreme } from './ns-ttl-extreme.ts';
import { nsTtlMismatch } from './ns-ttl-mismatch.ts';
import { nsTypo } from './ns-typo.ts';
import { nsUnresolvable } from './ns-unresolvable.ts';
import { occludedRecords } from './occluded-records.ts';
import { oldServersStillAnswer } from './old-servers-still-answer.ts';
import { parentInconsistent } from './parent-inconsistent.ts';
import { parentNoResponse } from './parent-no-response.ts';
import { parentServerLame } from './parent-server-lame.ts';
import { parentUndetermined } from './parent-undetermined.ts';
import { propagationBound } from './propagation-bound.ts';
import { qnameCase } from './qname-case.ts';
import { recursionOffered } from './recursion-offered.ts';
import { referralTooLarge } from './referral-too-large.ts';
import { serialSkew } from './serial-skew.ts';
import {
  childSigningInconsistent,
  dnskeyUnavailable,
  rrsigExpired,
  rrsigExpiring,
  signedNoDs,
} from './signing.ts';
import { singleAsn } from './single-asn.ts';
import { singlePrefix } from './single-prefix.ts';
import { singleProvider } from './single-provider.ts';
import { singleTld } from './single-tld.ts';
import { soaMismatch } from './soa-mismatch.ts';
import { sourceAddressDiffers } from './source-address-differs.ts';
import { stealthNs } from './stealth-ns.ts';
import { tcpUnreachable } from './tcp-unreachable.ts';
import { trustSet } from './trust-set.ts';
import { wildcardNoLongerApplies } from './wildcard-no-longer-applies.ts';

/** Every check, in the order in which findings are told. docs/checks has a page of each. */
export const checks: readonly Check[] = [
  delegationMissing,
  parentUndetermined,
  parentNoResponse,
  parentServerLame,
  ancestorServerError,
  parentInconsistent,
  childIsAlias,
  occludedRecords,
  cutHiddenByHigherCut,
  cutMasked,
  wildcardNoLongerApplies,
  referralTooLarge,
  nsSingle,
  nsSetMismatch,
  nsSetDisjoint,
  childNsMissing,
  childNsInconsistent,
  nsTtlMismatch,
  nsTtlExtreme,
  nsIsAlias,
  nsUnresolvable,
  nsNameInvalid,
  nsMissingDot,
  nsTypo,
  nsSharedAddress,
  nsFewIpv4,
  nsNoIpv4,
  nsFewIpv6,
  nsNoIpv6,
  nsTooMany,
  stealthNs,
  glueMissing,
  glueMissingSibling,
  glueMismatch,
  glueIncomplete,
  glueExtra,
  glueUnneeded,
  glueTruncatedSilently,
  addressNotGlobal,
  delegationDead,
  lameRcode,
  lameNotAuthoritative,
  lameUpwardReferral,
  lameBrokenResponse,
  lameNoResponse,
  childSoaMissing,
  childSoaMultiple,
  tcpUnreachable,
  ednsBroken,
  recursionOffered,
  sourceAddressDiffers,
  serialSkew,
  soaMismatch,
  qnameCase,
  axfrOpen,
  cyclicDependency,
  dependencyDepth,
  dependsOnLameZone,
  trustSet,
  singlePrefix,
  singleAsn,
  singleProvider,
  singleTld,
  nsDomainUnregistered,
  nsDomainExpiring,
  danglingZone,
  danglingPartial,
  childOnlyStaleNs,
  nsSacrificial,
  nsAddressDangling,
  dsNoMatch,
  dsUnsignedZone,
  dnskeyNotSignedByDs,
  dsAlgorithmUnsigned,
  dsDigestDeprecated,
  dsDigestInvalid,
  dsDigestNoSha256,
  dsKeyNotZoneKey,
  dsKeyNotSep,
  dsAtApex,
  dsWithoutNs,
  insecureProofMissing,
  signedNoDs,
  childSigningInconsistent,
  dnskeyUnavailable,
  rrsigExpired,
  rrsigExpiring,
  cdsUpdatePending,
  cdsInconsistent,
  cdsInvalid,
  cdsUntrusted,
  cdsDelete,
  cdsKeyNotSep,
  cdsNotSelfSigned,
  csyncPending,
  multiProviderKeys,
  oldServersStillAnswer,
  propagationBound,
];
