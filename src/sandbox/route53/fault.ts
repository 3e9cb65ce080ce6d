/** An error of the Route 53 API, on its way to the answer. */
export class Route53Fault extends Error {
  override readonly name: string = 'Route53Fault';
  /** The HTTP status. */
  readonly status: number;
  readonly code: string;
  /** Of InvalidChangeBatch only: one sentence a problem. */
  readonly messages: readonly string[] | null;

  constructor(status: number, code: string, message: string, messages: readonly string[] | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.messages = messages;
  }
}

/** 400 with `code`. */
export function refused(code: string, message: string): Route53Fault {
  return new Route53Fault(400, code, message);
}

/** 400 InvalidInput. */
export function invalidInput(message: string): Route53Fault {
  return refused('InvalidInput', message);
}

/** 400 for a body that is not the XML that the operation takes. */
export function malformedInput(): Route53Fault {
  return refused('MalformedInput', 'Unexpected end or element in the request document');
}

/** 403 with `code`. */
export function forbidden(code: string, message: string): Route53Fault {
  return new Route53Fault(403, code, message);
}

/** 404 NoSuchHostedZone. */
export function noSuchHostedZone(id: string): Route53Fault {
  return new Route53Fault(404, 'NoSuchHostedZone', `No hosted zone found with ID: ${id}`);
}

/** 400 InvalidChangeBatch; its message lists all `messages` in brackets. */
export function invalidChangeBatch(messages: readonly string[]): Route53Fault {
  return new Route53Fault(400, 'InvalidChangeBatch', `[${messages.join(', ')}]`, messages);
}
