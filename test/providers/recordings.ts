import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
 * The exchanges of a cassette (vcrpy, go-vcr).
 *
 * Reads only the YAML that those tools write: an entry begins with `- request:`, and the five members are scalars.
 */
export function readCassette(file: string): readonly Recorded[] {
  const entries = readFileSync(file, 'utf8')
    .split(/^- request:$/m)
    .slice(1);
  return entries.map(entry => {
    const [request = '', response = ''] = entry.split(/^ {2}response:$/m);
    return {
      method: scalarAt(request, 'method') ?? '',
      url: scalarAt(request, 'uri') ?? scalarAt(request, 'url') ?? '',
      request: scalarAt(request, 'body') ?? '',
      status: Number(scalarAt(response, 'code')),
      response: scalarAt(response, 'string') ?? scalarAt(response, 'body') ?? '',
    };
  });
}

/** The scalar of the first member called `key`; null when there is none or it is no scalar. */
function scalarAt(text: string, key: string): string | null {
  const found = new RegExp(`^ +${key}: (.*)$`, 'm').exec(text);
  if (found === null) return null;
  const rest = text.slice(found.index + found[0].length - (found[1] ?? '').length);
  if (rest.startsWith("'")) {
    return folded(/^'((?:[^']|'')*)'/.exec(rest)?.[1] ?? '').replaceAll("''", "'");
  }
  if (rest.startsWith('"')) return unescaped(/^"((?:\\[\s\S]|[^"\\])*)"/.exec(rest)?.[1] ?? '');
  const indent = /^ */.exec(found[0])?.[0].length ?? 0;
  const [first = '', ...more] = rest.split('\n');
  const end = more.findIndex(line => line.trim() !== '' && (/^ */.exec(line)?.[0].length ?? 0) <= indent);
  const plain = [first, ...(end < 0 ? more : more.slice(0, end))].join('\n').trim();
  return plain === 'null' ? null : folded(plain);
}

/** Line breaks of a flow scalar: one is a blank, each further one is kept (YAML 1.1 section 4.2.6). */
function folded(text: string): string {
  return text.replace(/[ \t]*\n[ \t]*(\n[ \t]*)*/g, breaks => {
    const count = breaks.split('\n').length - 1;
    return count === 1 ? ' ' : '\n'.repeat(count - 1);
  });
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  '/': '/',
  ' ': ' ',
};

function unescaped(text: string): string {
  const joined = text
    .replace(/\\\n[ \t]*/g, '')
    .replace(/\\[\s\S]|[ \t]*\n[ \t]*/g, part => (part.startsWith('\\') ? part : ' '));
  return joined.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (_whole, body: string) => {
    if (body.length > 1) return String.fromCharCode(Number.parseInt(body.slice(1), 16));
    return escapes[body] ?? body;
  });
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
