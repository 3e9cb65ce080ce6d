import type { HttpServed, ServeHttp } from '../../src/world/listen-http.ts';
import type { Http, HttpExchange, HttpRequest } from '../../src/world/world.ts';

/** Milliseconds that any answer is waited for that is on its way: more than a busy machine takes. */
const patienceMs = 60_000;

/** A client that knows of its server whether an answer will come. */
export interface PatientHttp {
  readonly http: Http;
  /** `serve`, which the client listens to. */
  heard(serve: ServeHttp): ServeHttp;
}

/**
 * `http` for a server in the same process: what that lets hang ends as a timeout at once, and what it answers is never too late,
 * whatever else the machine does.
 */
export function patientHttp(http: Http): PatientHttp {
  const waiting = new Set<{ readonly request: HttpRequest; giveUp(): void }>();
  const send: Http['send'] = async (request, { timeoutMs, signal }) => {
    const over = new AbortController();
    let giveUp = (): void => {};
    const withheld = new Promise<HttpExchange>(resolve => {
      giveUp = () => resolve({ kind: 'timeout', afterMs: timeoutMs });
    });
    const one = { request, giveUp };
    waiting.add(one);
    const either = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
    const sending = http.send(request, { timeoutMs: patienceMs, signal: either });
    // Rejects when it is given up, which nobody waits for.
    sending.catch(() => {});
    try {
      return await Promise.race([sending, withheld]);
    } finally {
      waiting.delete(one);
      over.abort();
    }
  };
  const heard =
    (serve: ServeHttp): ServeHttp =>
    async asked => {
      const served: HttpServed = await serve(asked);
      if ('kind' in served && served.kind === 'hang') {
        for (const { request, giveUp } of waiting) if (isSame(request, asked)) giveUp();
      }
      return served;
    };
  return { http: { send }, heard };
}

function isSame(one: HttpRequest, other: HttpRequest): boolean {
  const pathOf = ({ url }: HttpRequest): string => {
    const { pathname, search } = new URL(url);
    return pathname + search;
  };
  return one.method === other.method && pathOf(one) === pathOf(other);
}
