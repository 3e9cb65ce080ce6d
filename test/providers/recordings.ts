import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { listAt, memberAt, textAt } from '../../src/providers/json.ts';
import type { Http, HttpExchange, HttpRequest } from '../../src/world/world.ts';

/** Where recorded traffic lies; null when it is not on this machine. */
export function recordingsFolder(): string | null {
  const folder =
    process.env['ZONECUT_CONFORMANCE'] ?? resolve(import.meta.dirname, '../../../shared/conformance');
  const providers = join(folder, 'providers');
  return existsSync(providers) ? providers : null;
}

/** One recorded request and what came of it. */
export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly request: string;
  readonly status: number;
  readonly response: string;
}

/** The files below a folder with that ending. */
export function filesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith(ending))
    .sort()
    .map(file => join(folder, file));
}

/**
 * The exchanges of a cassette (vcrpy, go-vcr). Its tags say how Python held a value, and change nothing of the value; a file
 * without exchanges has none.
 */
export function readCassette(file: string): readonly Recorded[] {
  // Python closes a text of several lines, and the map that it stands in, at the margin; another indentation is the same text.
  const text = readFileSync(file, 'utf8').replace(/^'\}/gm, "        '}");
  const document = parse(text, { customTags: ['binary'], logLevel: 'silent' });
  return (listAt(document, 'interactions') ?? []).map(entry => {
    const [request, response] = [memberAt(entry, 'request'), memberAt(entry, 'response')];
    return {
      method: textAt(request, 'method') ?? '',
      url: textAt(request, 'uri') ?? textAt(request, 'url') ?? '',
      request: bodyAt(request),
      status: Number(textAt(response, 'code') ?? textAt(memberAt(response, 'status'), 'code')),
      response: bodyAt(response),
    };
  });
}

/** The body of a message: a text, octets, or an object with one of both in it. */
function bodyAt(message: unknown): string {
  const body = memberAt(message, 'body');
  const held = memberAt(body, 'string') ?? body;
  if (held instanceof Uint8Array) return new TextDecoder().decode(held);
  return typeof held === 'string' ? held : '';
}

/** An Http that answers each request by what `answer` says, and keeps what was asked. */
export interface ReplayHttp extends Http {
  readonly asked: readonly HttpRequest[];
}

/** Replays recorded answers; what was never recorded is an error of the test. */
export function replaying(
  answer: (request: HttpRequest) => { readonly status: number; readonly body: string } | null,
): ReplayHttp {
  const asked: HttpRequest[] = [];
  return {
    asked,
    send: (request): Promise<HttpExchange> => {
      asked.push(request);
      const found = answer(request);
      if (found === null)
        return Promise.reject(new Error(`nothing was recorded for ${request.method} ${request.url}`));
      const body = new TextEncoder().encode(found.body);
      return Promise.resolve({
        kind: 'response',
        response: { status: found.status, headers: { 'content-type': 'text/xml' }, body },
      });
    },
  };
}
