import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { malformedInput } from './fault.ts';

/** The namespace of the API's documents. */
export const namespace = 'https://route53.amazonaws.com/doc/2013-04-01/';

/** An element that holds elements; null children are left out. */
export function element(name: string, ...children: readonly (string | null)[]): string {
  return `<${name}>${children.filter(child => child !== null).join('')}</${name}>`;
}

/** An element that holds text. */
export function leaf(name: string, value: string | number | boolean): string {
  return `<${name}>${escapeText(String(value))}</${name}>`;
}

/** A whole document, with the declaration and the line break that Route 53 writes. */
export function documentOf(name: string, ...children: readonly (string | null)[]): string {
  const inner = children.filter(child => child !== null).join('');
  return `<?xml version="1.0"?>\n<${name} xmlns="${namespace}">${inner}</${name}>`;
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

/** One element of a request. */
export interface XmlNode {
  /** The text of the only child of that name; null when there is none. */
  text(name: string): string | null;
  /** The only child of that name; null when there is none. */
  child(name: string): XmlNode | null;
  /** All children of that name. */
  children(name: string): readonly XmlNode[];
}

const parser: XMLParser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  alwaysCreateTextNode: true,
  htmlEntities: true,
});

/** The root of a request's body, which must be `root` in the API's namespace. Throws MalformedInput. */
export function parseRequest(text: string, root: string): XmlNode {
  if (text === '' || XMLValidator.validate(text) !== true) {
    throw malformedInput();
  }
  const parsed: unknown = parser.parse(text);
  const found = valuesOf(parsed, root);
  const node = found[0];
  if (node === undefined || found.length !== 1 || textOf(valuesOf(node, '@xmlns')[0]) !== namespace) {
    throw malformedInput();
  }
  return nodeOf(node);
}

function nodeOf(value: unknown): XmlNode {
  return {
    text: name => {
      const [first] = valuesOf(value, name);
      return first === undefined ? null : textOf(first);
    },
    child: name => {
      const [first] = valuesOf(value, name);
      return first === undefined ? null : nodeOf(first);
    },
    children: name => valuesOf(value, name).map(nodeOf),
  };
}

function valuesOf(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const found: unknown = Reflect.get(value, name);
  if (found === undefined) {
    return [];
  }
  return Array.isArray(found) ? found : [found];
}

function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return textOf(Reflect.get(value, '#text') ?? '');
  }
  return typeof value === 'string' ? value : '';
}
