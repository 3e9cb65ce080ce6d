import { createHash, createPublicKey, verify } from 'node:crypto';
import type { HttpRequest } from '../../world/world.ts';
import { bodyOctets, headerOf } from '../emulation.ts';

/** A user with a signing key. */
export interface OciUser {
  readonly tenancy: string;
  readonly user: string;
  readonly fingerprint: string;
  /** PEM. */
  readonly publicKey: string;
  /** Who may only inspect and read gets the same answer to a write as for what is not there. */
  readonly mayWrite: boolean;
}

/** Milliseconds that the date of a request may be off. */
const maxSkewMs = 5 * 60_000;

const incomplete = 'The required information to complete authentication was not provided or was incorrect.';

/** Who signed a request (draft-cavage-http-signatures-08, version 1 of Oracle), or why nobody did. */
export function signerOf(
  request: HttpRequest,
  users: readonly OciUser[],
  now: number,
): OciUser | { readonly problem: string } {
  const fields = fieldsOf(headerOf(request, 'authorization') ?? '');
  const user = users.find(one => fields.get('keyId') === `${one.tenancy}/${one.user}/${one.fingerprint}`);
  const names = (fields.get('headers') ?? '').split(' ');
  if (
    user === undefined ||
    fields.get('version') !== '1' ||
    fields.get('algorithm') !== 'rsa-sha256' ||
    !isEnough(request, names)
  ) {
    return { problem: incomplete };
  }
  const date = headerOf(request, names.includes('x-date') ? 'x-date' : 'date') ?? '';
  const at = Date.parse(date);
  if (Number.isNaN(at) || !date.endsWith(' GMT')) return { problem: incomplete };
  if (Math.abs(at - now) > maxSkewMs) {
    const [from, to] = [now - maxSkewMs, now + maxSkewMs].map(ms => new Date(ms).toUTCString());
    return {
      problem: `Date '${date}' is not within allowed clock skew. Current '${new Date(now).toUTCString()}', valid datetime range: ['${from}', '${to}']`,
    };
  }
  const text = names.map(name => `${name}: ${signedValue(request, name) ?? ''}`).join('\n');
  const signature = Buffer.from(fields.get('signature') ?? '', 'base64');
  const isTheirs =
    hasItsHash(request) &&
    names.every(name => signedValue(request, name) !== null) &&
    verify('RSA-SHA256', Buffer.from(text), createPublicKey(user.publicKey), signature);
  return isTheirs ? user : { problem: incomplete };
}

/** The fields of `Signature version="1",keyId="...",...`. */
function fieldsOf(authorization: string): ReadonlyMap<string, string> {
  if (!authorization.startsWith('Signature ')) return new Map();
  const pairs = [...authorization.slice(10).matchAll(/(\w+)="([^"]*)"/g)];
  return new Map(pairs.map(([, name = '', value = '']) => [name, value]));
}

/** Whether all is signed that has to be: with a body, also the body. */
function isEnough({ method }: HttpRequest, names: readonly string[]): boolean {
  const wanted = ['(request-target)', 'host', names.includes('x-date') ? 'x-date' : 'date'];
  const ofBody = ['x-content-sha256', 'content-type', 'content-length'];
  const all = /^(POST|PUT|PATCH)$/.test(method) ? [...wanted, ...ofBody] : wanted;
  return all.every(name => names.includes(name));
}

function signedValue(request: HttpRequest, name: string): string | null {
  if (name !== '(request-target)') return headerOf(request, name);
  const target = request.url.slice(new URL(request.url).origin.length);
  return `${request.method.toLowerCase()} ${target}`;
}

function hasItsHash(request: HttpRequest): boolean {
  const said = headerOf(request, 'x-content-sha256');
  if (said === null) return !/^(POST|PUT|PATCH)$/.test(request.method);
  return said === createHash('sha256').update(bodyOctets(request)).digest('base64');
}
