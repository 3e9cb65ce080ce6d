import type { HttpResponse } from '../../world/world.ts';
import { textResponse } from '../emulation.ts';

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One message of an envelope. */
export interface Message {
  readonly info: string;
  /** `BLL` unless given. */
  readonly source?: string;
  /** Null for one that is no error. */
  readonly code?: string | null;
}

/** What every answer is wrapped in. */
export interface Envelope {
  readonly status: 'success' | 'failure' | 'incomplete';
  readonly data: Json;
  readonly jobId: number;
  readonly messages: readonly Message[];
}

/** An envelope as an HTTP answer. */
export function envelopeResponse(
  httpStatus: number,
  envelope: Envelope,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const body = printJson({
    status: envelope.status,
    data: envelope.data,
    job_id: envelope.jobId,
    msgs: envelope.messages.map(message => ({
      INFO: message.info,
      SOURCE: message.source ?? 'BLL',
      ERR_CD: message.code ?? null,
      LVL: (message.code ?? null) === null ? 'INFO' : 'ERROR',
    })),
  });
  return textResponse(httpStatus, 'application/json', body, headers);
}

/** JSON with a blank after every comma and colon and ASCII only, as the service prints it. */
export function printJson(value: Json): string {
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value).replace(
      /[\u0080-\uffff]/g,
      unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
  if (isList(value)) {
    return `[${value.map(printJson).join(', ')}]`;
  }
  const fields = Object.entries(value).map(([key, field]) => `${printJson(key)}: ${printJson(field)}`);
  return `{${fields.join(', ')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The fields of a request's body. */
export interface Fields {
  /** Undefined when it was not sent. */
  get(name: string): unknown;
  /** A text, or a number as text; null when it is neither or was not sent. */
  text(name: string): string | null;
  /** The fields of an object; null when it is none. */
  fields(name: string): Fields | null;
}

/** Reads a body: an object or nothing. Null when it is neither. */
export function readFields(text: string): Fields | null {
  if (text.trim() === '') {
    return fieldsOf({});
  }
  try {
    return asFields(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The fields of an object; null for anything else. */
export function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? fieldsOf(value) : null;
}

function fieldsOf(object: object): Fields {
  const get = (name: string): unknown =>
    Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
  return {
    get,
    text(name) {
      const value = get(name);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
    },
    fields: name => asFields(get(name)),
  };
}

/** Whether a field says yes in one of the ways that the service takes. */
export function isYes(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === 'string' && /^(true|y|yes|1)$/i.test(value));
}
