import { ZonecutError } from '../error.ts';
import { addressText, ipv4Octets, ipv6Octets } from './address.ts';
import { base64Text, type Field, parseBase64, parseInteger, rdataFault } from './fields.ts';
import { OctetReader, OctetWriter } from './octets.ts';
import { octetsOfText, quotedString, shown, type TokenReader } from './text.ts';

/** One service parameter: its value on the wire, and between octets and text. */
interface Parameter {
  readonly name: string;
  /** Text of the value without `=`; '' when the key stands alone. Throws the reader's code. */
  readonly read: (from: OctetReader) => string;
  /** Writes the value; `value` is null when the key stands alone. Throws ZC_RDATA. */
  readonly write: (value: string | null, to: OctetWriter) => void;
}

const keyMandatory = 0;
const keyAlpn = 1;
const keyNoDefaultAlpn = 2;
const keyInvalid = 65535;
const comma = 0x2c;
const backslash = 0x5c;

function needed(value: string | null, name: string): string {
  if (value === null || value === '') throw new ZonecutError('ZC_RDATA', `${name} has no value`);
  return value;
}

function textOf(octets: Uint8Array): string {
  return new TextDecoder('latin1').decode(octets);
}

/** The value with its escapes resolved, where it can only be plain ASCII. */
function plain(value: string | null, name: string): string {
  return textOf(octetsOfText(needed(value, name)));
}

function listOf<T>(value: string | null, name: string, item: (text: string) => T): readonly T[] {
  return plain(value, name).split(',').map(item);
}

function empty(name: string): Parameter {
  return {
    name,
    read: from => {
      if (from.left > 0) throw from.fault(`${name} has no value, ${from.left} octets are there`);
      return '';
    },
    write: value => {
      if (value !== null && value !== '') throw new ZonecutError('ZC_RDATA', `${name} takes no value`);
    },
  };
}

function addresses(name: string, size: 4 | 16): Parameter {
  return {
    name,
    read: from => {
      const items = [addressText(from.take(size))];
      while (from.left > 0) items.push(addressText(from.take(size)));
      return items.join(',');
    },
    write: (value, to) => {
      for (const octets of listOf(value, name, text => (size === 4 ? ipv4Octets(text) : ipv6Octets(text)))) {
        if (octets === null)
          throw rdataFault(`${name} is a list of IPv${size === 4 ? 4 : 6} addresses`, value ?? '');
        to.bytes(octets);
      }
    },
  };
}

/** Keys with a published format (registry "Service Parameter Keys (SvcParamKeys)"). */
const parameters: ReadonlyMap<number, Parameter> = new Map<number, Parameter>([
  [
    keyMandatory,
    {
      name: 'mandatory',
      read: from => {
        const keys = [from.u16()];
        while (from.left > 0) keys.push(from.u16());
        const fault = mandatoryFault(keys);
        if (fault !== null) throw from.fault(fault);
        return keys.map(keyName).join(',');
      },
      write: (value, to) => {
        const keys = [...listOf(value, 'mandatory', keyNumber)].sort((a, b) => a - b);
        const fault = mandatoryFault(keys);
        if (fault !== null) throw new ZonecutError('ZC_RDATA', fault);
        for (const key of keys) to.u16(key);
      },
    },
  ],
  [keyAlpn, { name: 'alpn', read: readAlpn, write: writeAlpn }],
  [keyNoDefaultAlpn, empty('no-default-alpn')],
  [
    3,
    {
      name: 'port',
      read: from => String(from.u16()),
      write: (value, to) => to.u16(parseInteger(plain(value, 'port'), 0xffff, 'port')),
    },
  ],
  [4, addresses('ipv4hint', 4)],
  [
    5,
    {
      name: 'ech',
      read: from => {
        if (from.left === 0) throw from.fault('ech has no value');
        return base64Text(from.rest());
      },
      write: (value, to) => to.bytes(parseBase64(plain(value, 'ech'), 'ech')),
    },
  ],
  [6, addresses('ipv6hint', 16)],
  [
    7,
    {
      name: 'dohpath',
      read: from => {
        const octets = from.rest();
        const fault = dohPathFault(octets);
        if (fault !== null) throw from.fault(fault);
        return quotedString(octets);
      },
      write: (value, to) => {
        const octets = octetsOfText(needed(value, 'dohpath'));
        const fault = dohPathFault(octets);
        if (fault !== null) throw new ZonecutError('ZC_RDATA', fault);
        to.bytes(octets);
      },
    },
  ],
  [8, empty('ohttp')],
]);

function mandatoryFault(sorted: readonly number[]): string | null {
  if (sorted.includes(keyMandatory)) return 'mandatory lists itself (RFC 9460 section 8)';
  if (sorted.some((key, at) => at > 0 && key <= (sorted[at - 1] ?? 0))) {
    return 'mandatory lists a key twice or out of order (RFC 9460 section 8)';
  }
  return null;
}

function keyName(key: number): string {
  return parameters.get(key)?.name ?? `key${key}`;
}

function keyNumber(text: string): number {
  for (const [key, parameter] of parameters) if (parameter.name === text) return key;
  const match = /^key(0|[1-9]\d{0,4})$/.exec(text);
  if (match === null || Number(match[1]) > keyInvalid) {
    throw rdataFault('a key is a name such as alpn, or keyNNNNN', text);
  }
  return Number(match[1]);
}

function readAlpn(from: OctetReader): string {
  const list: number[] = [];
  do {
    const id = from.string();
    if (id.length === 0) throw from.fault('alpn has a protocol of 0 octets (RFC 9460 section 7.1.1)');
    if (list.length > 0) list.push(comma);
    // Commas and backslashes inside an item are escaped once for the list, before the string's own escapes (appendix A.1).
    for (const octet of id) {
      if (octet === comma || octet === backslash) list.push(backslash);
      list.push(octet);
    }
  } while (from.left > 0);
  return quotedString(Uint8Array.from(list));
}

function writeAlpn(value: string | null, to: OctetWriter): void {
  let id: number[] = [];
  const octets = octetsOfText(needed(value, 'alpn'));
  const flush = (): void => {
    if (id.length === 0 || id.length > 255) {
      throw new ZonecutError('ZC_RDATA', `alpn has a protocol of ${id.length} octets, 1 to 255 are allowed`);
    }
    to.u8(id.length);
    to.bytes(Uint8Array.from(id));
    id = [];
  };
  for (let at = 0; at < octets.length; at += 1) {
    const octet = octets[at] ?? 0;
    if (octet === comma) flush();
    else if (octet === backslash) {
      at += 1;
      const next = octets[at];
      if (next !== comma && next !== backslash)
        throw rdataFault('a backslash in a list escapes a comma or a backslash', value ?? '');
      id.push(next);
    } else id.push(octet);
  }
  flush();
}

/** What is wrong with a DoH path: it is a relative URI template with a variable `dns` (RFC 9461 section 5, RFC 6570). */
function dohPathFault(octets: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return 'dohpath is not in UTF-8 (RFC 9461 section 5)';
  }
  if (!text.startsWith('/')) return `dohpath begins with "/", not ${shown(text)}`;
  const variables = /\{([^{}]*)\}/g;
  const literals = text.replace(variables, '');
  if (/[{}"'<>\\^`|\s]|%(?![0-9a-fA-F]{2})/.test(literals))
    return `dohpath is no URI template: ${shown(text)}`;
  let found = false;
  for (const [, expression] of text.matchAll(variables)) {
    const name = /^[+#./;?&]?(.+)$/s.exec(expression ?? '')?.[1] ?? '';
    for (const variable of name.split(',')) {
      const match = /^((?:\w|%[0-9a-fA-F]{2})(?:\.?(?:\w|%[0-9a-fA-F]{2}))*)(?::[1-9]\d{0,3}|\*)?$/.exec(
        variable,
      );
      if (match === null) return `dohpath is no URI template (RFC 6570): ${shown(text)}`;
      found ||= match[1] === 'dns';
    }
  }
  return found ? null : `dohpath has no variable dns: ${shown(text)}`;
}

function orderFault(keys: readonly number[]): string | null {
  const at = keys.findIndex((key, index) => index > 0 && key <= (keys[index - 1] ?? 0));
  return at === -1 ? null : `${keyName(keys[at] ?? 0)} is given twice or out of order (RFC 9460 section 2.2)`;
}

function setFault(values: ReadonlyMap<number, Uint8Array>): string | null {
  const mandatory = values.get(keyMandatory);
  if (mandatory !== undefined) {
    const from = new OctetReader(mandatory, 'ZC_RDATA');
    while (from.left > 0) {
      const key = from.u16();
      if (!values.has(key)) return `${keyName(key)} is mandatory and not there (RFC 9460 section 8)`;
    }
  }
  if (values.has(keyNoDefaultAlpn) && !values.has(keyAlpn)) {
    return 'no-default-alpn without alpn (RFC 9460 section 7.1.1)';
  }
  return null;
}

/** The parameters of SVCB and HTTPS up to the end (RFC 9460 section 2), in the order of their keys. */
export const serviceParameters: Field = {
  read: from => {
    const values = new Map<number, Uint8Array>();
    const keys: number[] = [];
    const texts: string[] = [];
    while (from.left > 0) {
      from.spend(8);
      const key = from.u16();
      const octets = from.take(from.u16());
      keys.push(key);
      values.set(key, octets);
      texts.push(parameterText(key, octets, from));
    }
    const fault = orderFault(keys) ?? setFault(values);
    if (fault !== null) throw from.fault(fault);
    return texts.join(' ');
  },
  write: (from, to) => {
    const values = new Map<number, Uint8Array>();
    while (!from.done) {
      const { key, value } = nextParameter(from);
      if (values.has(key))
        throw new ZonecutError('ZC_RDATA', `${keyName(key)} is given twice (RFC 9460 section 2.1)`);
      values.set(key, parameterOctets(key, value));
    }
    const fault = setFault(values);
    if (fault !== null) throw new ZonecutError('ZC_RDATA', fault);
    for (const [key, octets] of [...values].sort(([a], [b]) => a - b)) {
      to.u16(key);
      to.u16(octets.length);
      to.bytes(octets);
    }
  },
};

function parameterText(key: number, octets: Uint8Array, from: OctetReader): string {
  const parameter = parameters.get(key);
  if (parameter === undefined)
    return octets.length === 0 ? keyName(key) : `${keyName(key)}=${quotedString(octets)}`;
  // Lists inside a value have items of 2 octets at least.
  from.spend(octets.length >> 1);
  // A reader of its own bounds the value; its fault is told at the place of the value in the whole.
  const inner = new OctetReader(octets, 'ZC_RDATA');
  try {
    const text = parameter.read(inner);
    if (inner.left > 0) throw inner.fault(`${inner.left} octets after the value`);
    return text === '' ? parameter.name : `${parameter.name}=${text}`;
  } catch (error) {
    if (!(error instanceof ZonecutError)) throw error;
    throw from.fault(`${parameter.name}: ${error.message}`);
  }
}

function parameterOctets(key: number, value: string | null): Uint8Array {
  const to = new OctetWriter();
  const parameter = parameters.get(key);
  if (parameter !== undefined) parameter.write(value, to);
  else to.bytes(octetsOfText(value ?? ''));
  if (to.at > 0xffff) throw new ZonecutError('ZC_RDATA', `${keyName(key)} is ${to.at} octets, 65535 at most`);
  return to.octets();
}

/** `key`, `key=value` or `key="value"` (RFC 9460 section 2.1); the quotes follow `=` without a blank. */
function nextParameter(from: TokenReader): { readonly key: number; readonly value: string | null } {
  const token = from.next('a parameter');
  if (token.quoted) throw new ZonecutError('ZC_RDATA', `a parameter stands in quotes: ${shown(token.text)}`);
  const equals = token.text.indexOf('=');
  if (equals === -1) return { key: keyNumber(token.text), value: null };
  const key = keyNumber(token.text.slice(0, equals));
  const next = from.peek();
  const adjoins = next?.line === token.line && next.column === token.column + token.text.length;
  if (equals === token.text.length - 1 && next?.quoted === true && adjoins) {
    return { key, value: from.next('a value').text };
  }
  return { key, value: token.text.slice(equals + 1) };
}
