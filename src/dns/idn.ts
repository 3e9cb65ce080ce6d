import { toASCII, toUnicode } from 'tr46';
import { ZonecutError } from '../error.ts';
import { labelsOf, type Name, parseName, rootName } from './name.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
const ascii = /^[\u0000-\u007f]*$/;

/** Full stops that IDNA takes for a dot (UTS 46 section 2.3). */
const otherDots = /[\u3002\uff0e\uff61]/g;

/**
 * Reads a name as a person types it: as `parseName`, and labels outside ASCII become A-labels (RFC 5891, UTS 46
 * non-transitional).
 *
 * Throws ZC_NAME as `parseName` does, and on a label that IDNA does not allow.
 */
export function nameFromUser(text: string): Name {
  const trimmed = text.trim();
  if (ascii.test(trimmed)) return parseName(refuseQuotes(trimmed));
  const labels = trimmed.replace(otherDots, '.').split('.');
  return parseName(
    refuseQuotes(labels.map(label => (ascii.test(label) ? label : aLabelOf(label))).join('.')),
  );
}

function refuseQuotes(text: string): string {
  const found = /["'`\s<>(){}[\],;:@\\]/.exec(text.replace(/\\(\d{3}|[!-~])/g, ''));
  if (found !== null) {
    throw new ZonecutError(
      'ZC_NAME',
      `the name has ${JSON.stringify(found[0])} in it: ${JSON.stringify(text.slice(0, 300))}`,
      {
        hint: 'Give the bare name, such as dev.example.com; a character that a label really has is written \\DDD.',
      },
    );
  }
  return text;
}

function aLabelOf(label: string): string {
  const options = { checkBidi: true, checkHyphens: false, checkJoiners: true, useSTD3ASCIIRules: true };
  const result = toASCII(label, { ...options, transitionalProcessing: false, verifyDNSLength: true });
  if (result === null || result === '') {
    throw new ZonecutError(
      'ZC_NAME',
      `IDNA has no form for the label ${JSON.stringify(label.slice(0, 100))} (RFC 5891)`,
      {
        hint: 'Leave out the characters that no domain name may have, such as signs and control characters.',
      },
    );
  }
  return result;
}

/**
 * `name` with its A-labels in Unicode, without the final dot except for the root: for display only, never to be parsed.
 *
 * A label that is no proper A-label, or would show a dot or blank, stays as it is.
 */
export function unicodeOf(name: Name): string {
  if (name === rootName) return '.';
  return labelsOf(name).map(uLabelOf).join('.');
}

function uLabelOf(label: string): string {
  if (!label.startsWith('xn--')) return label;
  const options = { checkBidi: true, checkHyphens: false, checkJoiners: true, useSTD3ASCIIRules: true };
  const result = toUnicode(label, { ...options, transitionalProcessing: false });
  if (result.error || ascii.test(result.domain) || /[.\s]/u.test(result.domain)) return label;
  return toASCII(result.domain, { ...options, transitionalProcessing: false }) === label
    ? result.domain
    : label;
}
