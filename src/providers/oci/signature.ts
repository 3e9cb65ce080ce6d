import { createHash, type KeyObject, sign } from 'node:crypto';
import type { HttpRequest } from '../../world/world.ts';

/** Whose signature it is. */
export interface SigningIdentity {
  /** `TENANCY/USER/FINGERPRINT`, or `ST$TOKEN` for a session. */
  readonly keyId: string;
  readonly key: KeyObject;
}

/** The headers that sign a request, with its date (RFC 9110 section 5.6.7): RSA-SHA256 by draft-cavage-http-signatures-08, as version 1 of Oracle's has it. */
export function signatureOf(
  request: HttpRequest,
  { keyId, key }: SigningIdentity,
  date: string,
): Readonly<Record<string, string>> {
  const { host, pathname, search } = new URL(request.url);
  const body = Buffer.from(request.body ?? '');
  const ofBody: Readonly<Record<string, string>> = /^(POST|PUT|PATCH)$/.test(request.method)
    ? {
        'content-length': String(body.length),
        'content-type': 'application/json',
        'x-content-sha256': createHash('sha256').update(body).digest('base64'),
      }
    : {};
  const signed: Readonly<Record<string, string>> = {
    date,
    '(request-target)': `${request.method.toLowerCase()} ${pathname}${search}`,
    host,
    ...ofBody,
  };
  const text = Object.entries(signed).map(([name, value]) => `${name}: ${value}`);
  const signature = sign('RSA-SHA256', Buffer.from(text.join('\n')), key).toString('base64');
  const fields = [
    'version="1"',
    `keyId="${keyId}"`,
    'algorithm="rsa-sha256"',
    `headers="${Object.keys(signed).join(' ')}"`,
    `signature="${signature}"`,
  ];
  return { date, ...ofBody, authorization: `Signature ${fields.join(',')}` };
}
