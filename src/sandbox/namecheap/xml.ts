import type { HttpResponse } from '../../world/world.ts';
import { textResponse } from '../emulation.ts';

/** An element of an answer; `content` is its text, or the elements in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly content: string | readonly XmlElement[];
}

/** An element; attributes whose value is null are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | boolean | null>> = {},
  content: string | readonly XmlElement[] = [],
): XmlElement {
  const pairs = Object.entries(attributes).flatMap(([key, value]): (readonly [string, string])[] =>
    value === null ? [] : [[key, String(value)]],
  );
  return { name, attributes: pairs, content };
}

/** An error of the API: a number and a sentence. */
export interface ApiError {
  readonly number: number;
  readonly message: string;
}

/** What an answer is made of. */
export interface Answer {
  readonly errors: readonly ApiError[];
  /** As it was sent; null when the request did not get so far. */
  readonly command: string | null;
  /** The result element of the command; null for none. */
  readonly result: readonly XmlElement[] | null;
}

/** An answer as the service prints it: status 200 also for errors, CRLF, two spaces a level. */
export function printAnswer(answer: Answer): HttpResponse {
  const root = element(
    'ApiResponse',
    {
      Status: answer.errors.length === 0 ? 'OK' : 'ERROR',
      xmlns: 'http://api.namecheap.com/xml.response',
    },
    [
      element(
        'Errors',
        {},
        answer.errors.map(error => element('Error', { Number: error.number }, error.message)),
      ),
      element('Warnings'),
      element('RequestedCommand', {}, answer.command?.toLowerCase() ?? ''),
      ...(answer.result === null || answer.command === null
        ? []
        : [element('CommandResponse', { Type: answer.command }, answer.result)]),
      element('Server', {}, 'PHX01SBAPIEXT05'),
      element('GMTTimeDifference', {}, '--4:00'),
      element('ExecutionTime', {}, '0.173'),
    ],
  );
  const text = ['<?xml version="1.0" encoding="utf-8"?>', ...linesOf(root, '')].join('\r\n');
  return textResponse(200, 'text/xml; charset=utf-8', text, { 'cache-control': 'private' });
}

function linesOf(node: XmlElement, indent: string): readonly string[] {
  const attributes = node.attributes.map(([name, value]) => ` ${name}="${escapeText(value)}"`).join('');
  const open = `${indent}<${node.name}${attributes}`;
  if (node.content.length === 0) {
    return [`${open} />`];
  }
  if (typeof node.content === 'string') {
    return [`${open}>${escapeText(node.content)}</${node.name}>`];
  }
  return [
    `${open}>`,
    ...node.content.flatMap(child => linesOf(child, `${indent}  `)),
    `${indent}</${node.name}>`,
  ];
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
