import { labelOctets, labelsOf, type Name, parseName, rootName } from '../../dns/name.ts';

/**
 * Reads a domain name as Route 53 takes it: with or without final dot, octets as `\ooo` in octal.
 *
 * Throws ZC_NAME.
 */
export function readDomainName(text: string): Name {
  return parseName(
    text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => decimalEscape(parseInt(octal, 8))),
  );
}

function decimalEscape(octet: number): string {
  return `\\${octet.toString().padStart(3, '0')}`;
}

/** A name as Route 53 prints it: every octet of a label but a-z, 0-9, hyphen and underscore as `\ooo` in octal. */
export function printDomainName(name: Name): string {
  if (name === rootName) {
    return '.';
  }
  return labelsOf(name)
    .map(label => `${[...labelOctets(label)].map(printOctet).join('')}.`)
    .join('');
}

function printOctet(octet: number): string {
  const text = String.fromCharCode(octet);
  return /[a-z0-9_-]/.test(text) ? text : `\\${octet.toString(8).padStart(3, '0')}`;
}

/**
 * The order of Route 53's lists: by the text with the labels reversed, its dots included, so that `-` sorts before a dot.
 */
export function compareListed(a: Name, b: Name): number {
  const [left, right] = [reversedText(a), reversedText(b)];
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}

function reversedText(name: Name): string {
  return [...labelsOf(name)]
    .reverse()
    .map(label => `${String.fromCharCode(...labelOctets(label))}.`)
    .join('');
}
