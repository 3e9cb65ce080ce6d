import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { bodyText, textResponse } from '../emulation.ts';
import { PowerdnsFault } from './fault.ts';

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in the body of a request. Throws PowerdnsFault. */
export function fieldsOf(request: HttpRequest): Fields {
  try {
    const value: unknown = JSON.parse(bodyText(request));
    if (isFields(value)) return value;
  } catch {
    // Said below.
  }
  throw new PowerdnsFault(400, 'Your JSON could not be parsed');
}

/** An answer with JSON. */
export function jsonResponse(status: number, value: unknown): HttpResponse {
  return textResponse(status, 'application/json', JSON.stringify(value));
}

/** An answer without a body. */
export function emptyResponse(): HttpResponse {
  return { status: 204, headers: {}, body: new Uint8Array() };
}

/** An answer of plain text. */
export function plainResponse(status: number, text: string): HttpResponse {
  return textResponse(status, 'text/plain; charset=utf-8', text);
}
