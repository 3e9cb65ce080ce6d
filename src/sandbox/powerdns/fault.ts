/** A request that the API refuses. */
export class PowerdnsFault extends Error {
  readonly status: number;
  /** Whether the sentence stands in `{"error": ...}`, or alone as plain text. */
  readonly form: 'json' | 'text';

  constructor(status: number, message: string, form: 'json' | 'text' = 'json') {
    super(message);
    this.status = status;
    this.form = form;
  }
}

/** 422 with a sentence. */
export function refused(message: string): PowerdnsFault {
  return new PowerdnsFault(422, message);
}

/** 404, as for everything that is not there. */
export function notFound(): PowerdnsFault {
  return new PowerdnsFault(404, 'Not Found', 'text');
}
