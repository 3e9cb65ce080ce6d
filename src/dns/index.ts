/** The DNS itself: names, record data, messages, zones, zone files, TSIG and DNSSEC. Pure, and usable without the rest of zonecut. */

export { type ErrorCode, type ErrorDetails, isZonecutError, ZonecutError } from '../error.ts';
export { Secret } from '../secret.ts';
export {
  type Address,
  addressText,
  isAddress,
  parseAddress,
  reverseNameOf,
  specialRange,
} from './address.ts';
export type { Delegation, Glue } from './delegation.ts';
export { diffRRsets, type RRsetDiff } from './diff.ts';
export {
  type Dnskey,
  dnskeyOf,
  dsMatches,
  dsOfKey,
  isDigestKnown,
  isZoneKey,
  keyTagOf,
  type Rrsig,
  rdataOfDnskey,
  rdataOfRrsig,
  revokedFlag,
  rrsigOf,
  secureEntryPointFlag,
  signedOctets,
  zoneKeyFlag,
} from './dnssec.ts';
export { dnssecAlgorithms, isAlgorithmForSigning, isAlgorithmKnown } from './dnssec-algorithms.ts';
export {
  DnssecBudget,
  type DnssecLimit,
  type DnssecLimits,
  maxDsTried,
  maxKeysPerTag,
  maxNsec3Hashes,
  maxNsec3Iterations,
  maxValidations,
} from './dnssec-budget.ts';
export {
  type Denial,
  denialOf,
  provesInsecureDelegation,
  provesNameError,
  provesNoData,
  provesWildcard,
} from './dnssec-denial.ts';
export { type Nsec, nsecOf } from './dnssec-denial-nsec.ts';
export type { Nsec3Chain } from './dnssec-denial-nsec3.ts';
export type { DenialVerdict } from './dnssec-denial-verdict.ts';
export {
  dnskeyOfKeyObject,
  keyObjectOf,
  makeSigningKey,
  parsePrivateKeyFile,
  type SigningKey,
  type SigningKeyOptions,
  signingKeyOf,
  type ZoneKey,
  zoneKeysOf,
} from './dnssec-keys.ts';
export {
  type Nsec3,
  type Nsec3Parameters,
  nsec3Hash,
  nsec3Of,
  nsec3Owner,
  nsec3Parameters,
  nsec3ParamOf,
  rdataOfNsec3Param,
} from './dnssec-nsec3.ts';
export { signaturesOf, signRRset, type Validity } from './dnssec-sign.ts';
export {
  type FaultySignature,
  type KeysVerdict,
  type RRsetVerdict,
  type SignatureFault,
  type VerifyOptions,
  verifyKeys,
  verifyRRset,
} from './dnssec-verify.ts';
export { type DenialChain, type SignedZone, type SignZoneOptions, signZone } from './dnssec-zone.ts';
export { type CheckZoneOptions, faultsOfSignedZone, type SignedZoneFault } from './dnssec-zone-check.ts';
export {
  type EdnsValue,
  extendedError,
  extendedErrorCode,
  extendedErrorsOf,
  extendedErrorTitle,
  optionFault,
  readOption,
} from './edns.ts';
export {
  classMnemonic,
  classNumber,
  isClassText,
  isMetaType,
  isRcodeText,
  isTypeText,
  knownTypes,
  opcodeMnemonic,
  opcodeNumber,
  parseType,
  rcodeMnemonic,
  rcodeNumber,
  typeMnemonic,
  typeNumber,
} from './iana.ts';
export { nameFromUser, unicodeOf } from './idn.ts';
export {
  type Edns,
  type EdnsOption,
  type Message,
  makeQuery,
  makeResponse,
  type Opcode,
  type QueryOptions,
  type Question,
  type Rcode,
} from './message.ts';
export {
  ancestorsOf,
  childOf,
  commonAncestor,
  compareNames,
  isAtOrBelow,
  isBelow,
  labelCount,
  labelsOf,
  maxLabelOctets,
  maxNameOctets,
  type Name,
  nameFromOctets,
  octetsOfName,
  parentOf,
  parseName,
  parseNameAt,
  relativeTo,
  rootName,
  wildcardAt,
} from './name.ts';
export {
  type Ds,
  dsOf,
  genericText,
  maxRdataOctets,
  mxOf,
  namesIn,
  octetsOfRdata,
  parseRdata,
  rdataFromOctets,
  rdataOfSoa,
  type Soa,
  type Srv,
  soaOf,
  srvOf,
  txtOf,
} from './rdata.ts';
export {
  groupRecords,
  isType,
  makeRRset,
  maxTtl,
  type Rdata,
  type RdataOf,
  type ResourceRecord,
  type RRset,
  type RRType,
  recordsOf,
  rrsetOf,
  sameData,
  sameRRset,
} from './rrset.ts';
export { compareSerials, serialAfter } from './serial.ts';
export { zoneTextOf } from './text.ts';
export {
  applyDifferences,
  maxTransferMessages,
  maxTransferRecords,
  type Transfer,
  type TransferFault,
  type TransferLimits,
  TransferReader,
  type TransferRequest,
  type TransferStep,
  type ZoneDifference,
} from './transfer.ts';
export {
  signTsigRequest,
  signTsigResponse,
  type TsigError,
  type TsigFailure,
  type TsigSigned,
  type TsigSignOptions,
  type TsigVerdict,
  type TsigVerified,
  type TsigVerifyOptions,
  tsigErrorResponse,
  tsigFudgeSeconds,
  tsigOctets,
  verifyTsigRequest,
  verifyTsigResponse,
} from './tsig.ts';
export {
  leastTsigMacOctets,
  makeTsigKey,
  parseTsigKey,
  parseTsigKeyFile,
  type TsigAlgorithm,
  type TsigKey,
  tsigAlgorithms,
} from './tsig-key.ts';
export type { TsigRecord } from './tsig-record.ts';
export {
  maxUnsignedBetween,
  TsigStreamSigner,
  type TsigStreamVerdict,
  TsigStreamVerifier,
} from './tsig-stream.ts';
export {
  makeUpdate,
  type Prerequisite,
  type ReadUpdate,
  readUpdate,
  type Update,
  type UpdateChange,
} from './update.ts';
export { type AppliedUpdate, applyUpdate } from './update-apply.ts';
export { MessageView, nothing } from './view.ts';
export {
  delegationIn,
  findRecords,
  glueCount,
  isReferralTo,
  maxDelegationServers,
  NsSet,
  referralCut,
} from './view-delegation.ts';
export {
  decodeMessage,
  type EncodeOptions,
  encodeMessage,
  maxEdnsOptions,
  maxMessageOctets,
} from './wire.ts';
export {
  cutsOf,
  type Lookup,
  lookup,
  makeZone,
  nameExists,
  negativeTtlOf,
  occludedBy,
  rrsetAt,
  rrsetsAt,
  soaRRset,
  wildcardCovering,
  type Zone,
  zoneFaults,
} from './zone.ts';
export { zoneCheckFaults } from './zone-check.ts';
export {
  maxZoneFileProblems,
  type ParsedZoneFile,
  parseZoneFile,
  printRRset,
  printZoneFile,
} from './zonefile.ts';
export { maxEntryCharacters } from './zonefile-entries.ts';
export {
  defaultMaxGenerated,
  maxIncludeDepth,
  maxIncludedFiles,
  type ZoneFileItem,
  type ZoneFileOptions,
  type ZoneFilePlace,
  type ZoneFileProblem,
  ZoneFileReader,
  type ZoneFileText,
} from './zonefile-stream.ts';
