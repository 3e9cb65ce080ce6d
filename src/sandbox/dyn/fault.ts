import type { Message } from './json.ts';

/** An error of the Dyn API, on its way to the answer. */
export class DynFault extends Error {
  override readonly name: string = 'DynFault';
  /** The HTTP status. */
  readonly status: number;
  readonly messages: readonly Message[];

  constructor(status: number, messages: readonly Message[]) {
    super(messages.map(message => message.info).join(', '));
    this.status = status;
    this.messages = messages;
  }
}

/** 400 with an error `code`, and a second sentence that says what did not happen. */
export function refused(code: string, info: string, consequence: string): DynFault {
  return new DynFault(400, [{ info, code }, { info: consequence }]);
}

/** 404 NOT_FOUND. */
export function notFound(info: string, consequence: string): DynFault {
  return new DynFault(404, [{ info, code: 'NOT_FOUND' }, { info: consequence }]);
}
