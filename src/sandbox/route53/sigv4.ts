import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '../../world/world.ts';
import { bodyOctets, headerOf } from '../emulation.ts';
import { forbidden, type Route53Fault } from './fault.ts';

/** An access key of the account. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  /** Set for temporary credentials: requests must carry it. */
  readonly sessionToken?: string;
  /** The user's name in messages; `zonecut` unless given. */
  readonly user?: string;
  /** The operations that the key may use (`CreateHostedZone`); all unless given. */
  readonly allows?: readonly string[];
}

const region = 'us-east-1';
const service = 'route53';
/** Milliseconds that a client's clock may be off. */
const maxSkewMs = 5 * 60_000;

interface Authorization {
  readonly keyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/**
 * The key that signed `request` (AWS Signature Version 4), after its signature was computed anew from the secret.
 *
 * Throws MissingAuthenticationToken, IncompleteSignature, InvalidClientTokenId and SignatureDoesNotMatch, all 403.
 */
export function authenticate(request: HttpRequest, keys: readonly AccessKey[], nowMs: number): AccessKey {
  const header = headerOf(request, 'authorization');
  if (header === null) {
    throw forbidden('MissingAuthenticationToken', 'Missing Authentication Token');
  }
  const authorization = parseAuthorization(header);
  const key = keys.find(candidate => candidate.id === authorization.keyId);
  const token = headerOf(request, 'x-amz-security-token');
  if (key === undefined || (key.sessionToken ?? null) !== token) {
    throw forbidden('InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  const stamp = headerOf(request, 'x-amz-date');
  if (stamp === null || !/^\d{8}T\d{6}Z$/.test(stamp)) {
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  checkScope(authorization, stamp);
  checkClock(stamp, nowMs);
  const expected = signatureOf(request, authorization, stamp, key.secret);
  if (!sameText(expected, authorization.signature)) {
    throw mismatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return key;
}

function incomplete(message: string): Route53Fault {
  return forbidden('IncompleteSignature', message);
}

function mismatch(message: string): Route53Fault {
  return forbidden('SignatureDoesNotMatch', message);
}

function parseAuthorization(header: string): Authorization {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/, ]+)\/(\d{8})\/([^/, ]+)\/([^/, ]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  const [, keyId, date, scopeRegion, scopeService, signedHeaders, signature] = match ?? [];
  if (
    keyId === undefined ||
    date === undefined ||
    scopeRegion === undefined ||
    scopeService === undefined ||
    signedHeaders === undefined ||
    signature === undefined
  ) {
    throw incomplete('Authorization header requires Credential, Signature and SignedHeaders parameters.');
  }
  return {
    keyId,
    date,
    region: scopeRegion,
    service: scopeService,
    signedHeaders: signedHeaders.split(';'),
    signature,
  };
}

function checkScope(authorization: Authorization, stamp: string): void {
  if (authorization.region !== region) {
    throw mismatch(`Credential should be scoped to a valid region, not '${authorization.region}'. `);
  }
  if (authorization.service !== service) {
    throw mismatch(`Credential should be scoped to correct service: '${service}'. `);
  }
  if (!stamp.startsWith(authorization.date)) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${authorization.date}' != '${stamp.slice(0, 8)}', from '${stamp}'.`,
    );
  }
  const signed = authorization.signedHeaders;
  if (!signed.includes('host') || !signed.includes('x-amz-date')) {
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
}

function checkClock(stamp: string, nowMs: number): void {
  const atMs = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (atMs < nowMs - maxSkewMs) {
    const limit = basicStamp(nowMs - maxSkewMs);
    throw mismatch(
      `Signature expired: ${stamp} is now earlier than ${limit} (${basicStamp(nowMs)} - 5 min.)`,
    );
  }
  if (atMs > nowMs + maxSkewMs) {
    const limit = basicStamp(nowMs + maxSkewMs);
    throw mismatch(
      `Signature not yet current: ${stamp} is still later than ${limit} (${basicStamp(nowMs)} + 5 min.)`,
    );
  }
}

function basicStamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

function signatureOf(
  request: HttpRequest,
  authorization: Authorization,
  stamp: string,
  secret: string,
): string {
  const scope = `${authorization.date}/${region}/${service}/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    stamp,
    scope,
    sha256(canonicalRequest(request, authorization.signedHeaders)),
  ].join('\n');
  const dateKey = hmac(`AWS4${secret}`, authorization.date);
  const signingKey = hmac(hmac(hmac(dateKey, region), service), 'aws4_request');
  return createHmac('sha256', signingKey).update(toSign).digest('hex');
}

function canonicalRequest(request: HttpRequest, signedHeaders: readonly string[]): string {
  const url = new URL(request.url);
  const headers = signedHeaders.map(name => {
    const value = headerOf(request, name) ?? '';
    return `${name}:${value.trim().replace(/ +/g, ' ')}\n`;
  });
  return [
    request.method.toUpperCase(),
    canonicalPath(url.pathname),
    canonicalQuery(url),
    headers.join(''),
    signedHeaders.join(';'),
    sha256(bodyOctets(request)),
  ].join('\n');
}

/** The path as it was sent, encoded once more: every service but S3 signs it encoded twice. */
function canonicalPath(path: string): string {
  return path.split('/').map(encode).join('/');
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([key, value]): readonly [string, string] => [encode(key), encode(value)])
    .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Uint8Array, data: string): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(data).digest());
}

function sameText(a: string, b: string): boolean {
  const encoder = new TextEncoder();
  return a.length === b.length && timingSafeEqual(encoder.encode(a), encoder.encode(b));
}
