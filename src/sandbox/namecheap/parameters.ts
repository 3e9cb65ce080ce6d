import type { HttpRequest } from '../../world/world.ts';
import { bodyText, headerOf } from '../emulation.ts';

/** The parameters of a request, of its query and its form together; their names in any case. */
export interface Parameters {
  /** Null when it was not sent. */
  get(name: string): string | null;
  /** The numbers N for which `nameN` was sent, ascending. */
  indices(name: string): readonly number[];
}

/** Reads a request's parameters; a body that is no form has none. */
export function readParameters(request: HttpRequest): Parameters {
  const values = new Map<string, string>();
  for (const [name, value] of new URL(request.url).searchParams) {
    values.set(name.toLowerCase(), value);
  }
  const type = headerOf(request, 'content-type') ?? '';
  if (request.method === 'POST' && type.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(bodyText(request))) {
      values.set(name.toLowerCase(), value);
    }
  }
  return {
    get: name => values.get(name) ?? null,
    indices: name =>
      [...values.keys()]
        .filter(key => key.startsWith(name) && /^\d+$/.test(key.slice(name.length)))
        .map(key => Number(key.slice(name.length)))
        .sort((a, b) => a - b),
  };
}
