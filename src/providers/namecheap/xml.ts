import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element of a document, its namespace prefix dropped, its name in lower case. */
export interface Element {
  readonly name: string;
  /** By name in lower case; values as they stand, entities resolved. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** Without blanks around it. */
  readonly text: string;
}

const attributesKey = ':@';
const textKey = '#text';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  removeNSPrefix: true,
  // Its own reading of entities leaves character references as they are; `decoded` reads all that XML 1.0 defines.
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** The root element of a document; null when the text is no well-formed document with exactly one root. */
export function parseXml(text: string): Element | null {
  // The parser forgives what is cut off; the validator does not.
  if (XMLValidator.validate(text) !== true) return null;
  const roots = elementsOf(parser.parse(text));
  return roots.length === 1 ? (roots[0] ?? null) : null;
}

/** The children of that name, in lower case. */
export function childrenOf(element: Element, name: string): readonly Element[] {
  return element.children.filter(child => child.name === name);
}

/** The first element of that name (in lower case) at or below `element`; null when there is none. */
export function findElement(element: Element, name: string): Element | null {
  if (element.name === name) return element;
  for (const child of element.children) {
    const found = findElement(child, name);
    if (found !== null) return found;
  }
  return null;
}

/** Whether an attribute says yes: `true`, `ok` or `yes` in letters of any case. */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && /^(true|ok|yes)$/i.test(value.trim());
}

function elementsOf(nodes: unknown): readonly Element[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    if (typeof node !== 'object' || node === null) return [];
    const members = Object.entries(node);
    const content = members.find(([key]) => key !== attributesKey && key !== textKey);
    if (content === undefined) return [];
    const [tag, inner] = content;
    const attributes = members.find(([key]) => key === attributesKey)?.[1];
    return [
      {
        name: tag.toLowerCase(),
        attributes: attributesOf(attributes),
        children: elementsOf(inner),
        text: textOf(inner),
      },
    ];
  });
}

function attributesOf(members: unknown): ReadonlyMap<string, string> {
  if (typeof members !== 'object' || members === null) return new Map();
  return new Map(Object.entries(members).map(([key, value]) => [key.toLowerCase(), decoded(String(value))]));
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return '';
  const parts = nodes.map((node: unknown) =>
    typeof node === 'object' && node !== null && textKey in node ? String(node[textKey]) : '',
  );
  return decoded(parts.join('')).trim();
}

const namedEntities: Readonly<Record<string, string>> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' };

/** Text with its entities and character references resolved, each once (XML 1.0 sections 4.1 and 4.6). */
function decoded(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g,
    (whole, hex?: string, decimal?: string, entity?: string) => {
      if (entity !== undefined) return namedEntities[entity] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
