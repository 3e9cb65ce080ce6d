import { createPublicKey, verify } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { bodyText, headerOf } from '../emulation.ts';
import { type Fields, isFields, jsonResponse } from './json.ts';

/** The fields of a form in the body of a request; none where it is no form. */
export function formOf(request: HttpRequest): URLSearchParams {
  const isForm = headerOf(request, 'content-type')?.startsWith('application/x-www-form-urlencoded');
  return new URLSearchParams(request.method === 'POST' && isForm === true ? bodyText(request) : '');
}

/** The claims of a signed assertion (RFC 7519, RS256), unverified; null where it is none. */
export function claimsOf(assertion: string): Fields | null {
  const [header, claims, , ...more] = assertion.split('.').map(jsonIn);
  const isSigned = isFields(header) && header['alg'] === 'RS256' && more.length === 0;
  return isSigned && isFields(claims) ? claims : null;
}

/** Whether the assertion was signed by the owner of a key. */
export function isSignedBy(assertion: string, publicKey: string): boolean {
  const at = assertion.lastIndexOf('.');
  const signature = Buffer.from(assertion.slice(at + 1), 'base64url');
  return verify('RSA-SHA256', Buffer.from(assertion.slice(0, at)), createPublicKey(publicKey), signature);
}

function jsonIn(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return null;
  }
}

/** An answer that gives no token (RFC 6749 section 5.2). */
export function noToken(status: number, error: string, description: string): HttpResponse {
  return jsonResponse(status, { error, error_description: description });
}
