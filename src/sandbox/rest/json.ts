import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { bodyText, type EmulatorDeps, textResponse } from '../emulation.ts';
import { type Api, serveWithFaults } from '../faults.ts';

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An answer that an API gives instead of what was asked for. */
export class RestRefusal extends Error {
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    super(`HTTP status ${response.status}`);
    this.response = response;
  }
}

/** An answer with JSON. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return textResponse(status, 'application/json', JSON.stringify(value), headers);
}

/** An answer without a body. */
export function emptyResponse(): HttpResponse {
  return { status: 204, headers: {}, body: new Uint8Array() };
}

/** The JSON in the body of a request; undefined where it is none. */
export function jsonOf(request: HttpRequest): unknown {
  try {
    return JSON.parse(bodyText(request));
  } catch {
    return undefined;
  }
}

/** One request as an API of records sees it. */
export interface RestRequest {
  readonly method: string;
  /** Parts of the path below the API's root, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly request: HttpRequest;
}

/** What is of one vendor's own in serving requests. */
export interface RestApi {
  readonly api: Api;
  /** The path that all of its paths begin with, such as `/api/v1`; empty for none. */
  readonly root: string;
  /** How it calls a request, such as `PATCH rrsets`. */
  operationOf(request: RestRequest): string;
  /** Throws RestRefusal. */
  perform(request: RestRequest): HttpResponse;
  throttled(): HttpResponse;
  broken(): HttpResponse;
  notFound(): HttpResponse;
}

/** Serves one request, with the faults that meet it. */
export function serveRest(deps: EmulatorDeps, api: RestApi, request: HttpRequest): Promise<HttpServed> {
  const url = new URL(request.url);
  const path = url.pathname.startsWith(`${api.root}/`) ? url.pathname.slice(api.root.length + 1) : null;
  const seen: RestRequest = {
    method: request.method,
    path: (path ?? '').split('/').map(part => decodeURIComponent(part)),
    query: url.searchParams,
    request,
  };
  return serveWithFaults(deps.faults, {
    api: api.api,
    operation: api.operationOf(seen),
    method: request.method,
    path: url.pathname,
    vendor: {
      throttled: () => api.throttled(),
      broken: () => api.broken(),
      malformed: good => ({ ...good, status: 200, body: new TextEncoder().encode('{"name": ') }),
    },
    perform: async () => {
      if (path === null) return api.notFound();
      try {
        return api.perform(seen);
      } catch (error) {
        if (error instanceof RestRefusal) return error.response;
        throw error;
      }
    },
  });
}
