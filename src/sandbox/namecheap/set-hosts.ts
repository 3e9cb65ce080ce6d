import { isAddress, parseAddress } from '../../dns/address.ts';
import { type Name, parseName, parseNameAt, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { isZonecutError } from '../../error.ts';
import { type Account, type DomainState, numbered, publishDomain } from './account.ts';
import { apiFault, type NamecheapFault } from './fault.ts';
import type { Parameters } from './parameters.ts';
import { type EmailType, emailTypes, type NewRow } from './rows.ts';

/** Rows of one domain, at most. */
const maxRows = 150;
/** Characters of a host name. */
const maxHostLength = 60;
/** Characters of an address; of a TXT text. */
const maxAddressLength = 255;
const maxTextLength = 2500;
/** Seconds. */
const minTtl = 60;
const maxTtl = 60_000;

const rowTypes = ['A', 'AAAA', 'ALIAS', 'CAA', 'CNAME', 'FRAME', 'MX', 'MXE', 'NS', 'TXT', 'URL', 'URL301'];
const dottedTypes = ['CNAME', 'MX', 'ALIAS', 'NS'];

/** How many hosts a request names. */
export function countHosts(parameters: Parameters): number {
  return parameters.indices('hostname').length;
}

/** Replaces all rows of `domain` by those of the request. Throws a fault, and changes nothing, when one of them is wrong. */
export function setHosts(account: Account, domain: DomainState, parameters: Parameters): void {
  const emailType = readEmailType(parameters) ?? domain.emailType;
  const indices = [
    ...new Set([
      ...parameters.indices('hostname'),
      ...parameters.indices('recordtype'),
      ...parameters.indices('address'),
    ]),
  ].sort((a, b) => a - b);
  const sent = indices.map(index => readRow(domain, parameters, index));
  checkTogether(sent, emailType);
  const kept = withoutDuplicates(sent.filter(row => row.type !== 'MX' || emailType === 'MX'));
  const before = domain.rows;
  domain.rows = kept.map(row => {
    const same = before.find(
      old => old.name === row.name && old.type === row.type && old.address === row.address,
    );
    const fresh = numbered(account, row);
    return account.settings.keepsHostIds && same !== undefined ? { ...fresh, id: same.id } : fresh;
  });
  domain.emailType = emailType;
  if (!account.settings.keepsHidden) {
    domain.hidden = [];
  }
  publishDomain(account, domain);
}

function readEmailType(parameters: Parameters): EmailType | null {
  const text = parameters.get('emailtype');
  if (text === null || text === '') {
    return null;
  }
  const found = emailTypes.find(type => type === text.toUpperCase());
  if (found === undefined) {
    throw invalid('EMAIL_TYPE', `'${text}' is not one of ${emailTypes.join(', ')}`);
  }
  return found;
}

function invalid(what: string, why: string): NamecheapFault {
  return apiFault(5050900, `INVALID_${what}: ${why}`);
}

function readRow(domain: DomainState, parameters: Parameters, index: number): NewRow {
  const need = (key: string, shown: string): string => {
    const value = parameters.get(`${key}${index}`);
    if (value === null || value === '') {
      throw invalid(shown.toUpperCase(), `Parameter ${shown}${index} is missing`);
    }
    return value;
  };
  const name = need('hostname', 'HostName');
  const type = need('recordtype', 'RecordType').toUpperCase();
  if (!rowTypes.includes(type)) {
    throw invalid('RECORD_TYPE', `'${type}' is not one of ${rowTypes.join(', ')}`);
  }
  checkHost(domain, name, type);
  const flag = parameters.get(`flag${index}`);
  const tag = parameters.get(`tag${index}`);
  const text = need('address', 'Address');
  const address = type === 'CAA' && flag !== null && tag !== null ? `${flag} ${tag} "${text}"` : text;
  checkAddress(type, address);
  return {
    name,
    type,
    address: dottedTypes.includes(type) && !address.endsWith('.') ? `${address}.` : address,
    mxPref: wholeNumber(parameters.get(`mxpref${index}`), 'MXPREF', 10, 0, 65_535),
    ttl: wholeNumber(parameters.get(`ttl${index}`), 'TTL', 1800, minTtl, maxTtl),
  };
}

function checkHost(domain: DomainState, name: string, type: string): void {
  if (name.length > maxHostLength) {
    throw invalid('NAME', `the host name is ${name.length} characters, ${maxHostLength} at most: '${name}'`);
  }
  if (type === 'NS' && (name === '@' || name === '*')) {
    throw invalid('NAME', "NS record can't be set up for a @ or * host names");
  }
  if (name !== '@' && (name.endsWith('.') || nameAt(name, domain.apex) === null)) {
    throw invalid('NAME', `'${name}' is not a host name`);
  }
}

function nameAt(text: string, origin: Name): Name | null {
  try {
    return parseNameAt(text, origin);
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    return null;
  }
}

function checkAddress(type: string, address: string): void {
  const limit = type === 'TXT' ? maxTextLength : maxAddressLength;
  if (address.length > limit) {
    throw invalid('ADDRESS', `the address is ${address.length} characters, ${limit} at most`);
  }
  if (!isGoodAddress(type, address)) {
    throw invalid('ADDRESS', `'${address}' is not valid for a record of type ${type}`);
  }
}

function isGoodAddress(type: string, address: string): boolean {
  switch (type) {
    case 'A':
    case 'MXE':
      return isAddress(address) && parseAddress(address).family === 4;
    case 'AAAA':
      return isAddress(address) && parseAddress(address).family === 6;
    case 'CNAME':
    case 'ALIAS':
    case 'MX':
    case 'NS':
      return !isAddress(address) && nameAt(address, rootName) !== null && parseName(address) !== rootName;
    case 'URL':
    case 'URL301':
    case 'FRAME':
      return /^https?:\/\/[^\s]+$/.test(address);
    case 'CAA':
      return isCaa(address);
    default:
      return true;
  }
}

function isCaa(address: string): boolean {
  try {
    parseRdata('CAA', address);
    return true;
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    return false;
  }
}

function wholeNumber(
  text: string | null,
  what: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (text === null || text === '') {
    return otherwise;
  }
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  if (value < least || value > most) {
    throw invalid(what, `'${text}' is not between ${least} and ${most}`);
  }
  return value;
}

function checkTogether(rows: readonly NewRow[], emailType: EmailType): void {
  if (rows.length > maxRows) {
    throw invalid('COUNT', `${rows.length} host records, ${maxRows} at most`);
  }
  const mxe = rows.filter(row => row.type === 'MXE').length;
  if (emailType === 'MXE' && mxe !== 1) {
    throw invalid('EMAIL_TYPE', `MXE needs exactly one MXE record, found ${mxe}`);
  }
  for (const { name, type } of rows) {
    const others = rows.filter(row => row.name.toLowerCase() === name.toLowerCase() && row.type !== type);
    if (type === 'CNAME' && name !== '@' && others.length > 0) {
      throw invalid('NAME', `a CNAME record for '${name}' conflicts with other records of that host`);
    }
  }
  for (const { name } of rows.filter(row => row.type === 'CNAME')) {
    if (
      new Set(rows.filter(row => row.name === name && row.type === 'CNAME').map(row => row.address)).size > 1
    ) {
      throw invalid('NAME', `more than one CNAME record for '${name}'`);
    }
  }
}

function withoutDuplicates(rows: readonly NewRow[]): readonly NewRow[] {
  const seen = new Set<string>();
  return rows.filter(row => {
    const key = [row.name.toLowerCase(), row.type, row.address, row.type === 'MX' ? row.mxPref : ''].join(
      '\n',
    );
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
