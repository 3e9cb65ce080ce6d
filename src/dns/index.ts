/** The DNS itself: names, record data, messages, zone files and zones. Pure, and usable without the rest of zonecut. */
export * from './address.ts';
export * from './delegation.ts';
export * from './diff.ts';
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
export * from './idn.ts';
export * from './message.ts';
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
export * from './rrset.ts';
export { zoneTextOf } from './text.ts';
export * from './wire.ts';
export * from './zone.ts';
export * from './zone-check.ts';
export * from './zonefile.ts';
export * from './zonefile-stream.ts';
