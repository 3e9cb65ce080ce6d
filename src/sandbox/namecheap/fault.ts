import type { ApiError, XmlElement } from './xml.ts';

/** Errors of the Namecheap API, on their way to the answer. */
export class NamecheapFault extends Error {
  override readonly name: string = 'NamecheapFault';
  readonly errors: readonly ApiError[];
  /** The result element that the service sends along with the error; null for none. */
  readonly result: XmlElement | null;

  constructor(errors: readonly ApiError[], result: XmlElement | null = null) {
    super(errors.map(error => error.message).join(', '));
    this.errors = errors;
    this.result = result;
  }
}

/** One error. */
export function apiFault(number: number, message: string, result: XmlElement | null = null): NamecheapFault {
  return new NamecheapFault([{ number, message }], result);
}

/** 2019166: the account has no such domain. */
export function notAssociated(domain: string, result: XmlElement | null = null): NamecheapFault {
  return apiFault(2019166, `The domain (${domain}) doesn't seem to be associated with your account.`, result);
}
