import { isAddress } from '../../dns/address.ts';
import { type Name, parseName } from '../../dns/name.ts';
import { makeTsigKey, parseTsigKeyFile, type TsigKey } from '../../dns/tsig-key.ts';
import { messageOf, ZonecutError } from '../../error.ts';
import type { Endpoint } from '../../world/world.ts';
import { type Settings, variable } from '../driver.ts';

/** Milliseconds for one answer, unless RFC2136_DNS_TIMEOUT says otherwise. */
export const defaultAnswerTimeoutMs = 10_000;

/** Which server, by which key. */
export interface Rfc2136Settings {
  readonly server: Endpoint;
  readonly key: TsigKey;
  /** Where the key was found. */
  readonly source: string;
  readonly zones: readonly Name[];
  readonly timeoutMs: number;
}

/** Reads the settings of the driver. Throws ZC_CREDENTIALS when server or key is missing or cannot be read, ZC_NAME for a zone. */
export async function readSettings(settings: Settings): Promise<Rfc2136Settings> {
  const server = serverOf(variable(settings, 'RFC2136_NAMESERVER'));
  const { key, source } = await keyOf(settings);
  const seconds = Number(variable(settings, 'RFC2136_DNS_TIMEOUT') ?? Number.NaN);
  const zones = (variable(settings, 'RFC2136_ZONES') ?? '').split(/[\s,]+/).filter(text => text !== '');
  return {
    server,
    key,
    source,
    zones: zones.map(text => parseName(text)),
    timeoutMs: seconds > 0 ? Math.ceil(seconds * 1000) : defaultAnswerTimeoutMs,
  };
}

function serverOf(text: string | null): Endpoint {
  if (text === null) {
    throw missing(
      'RFC2136_NAMESERVER is not set',
      'Set it to the address of the primary server, such as 192.0.2.1.',
    );
  }
  if (isAddress(text)) return { address: text, port: 53 };
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  if (!isAddress(address) || Number(port) < 1 || Number(port) > 65_535) {
    throw missing(
      `RFC2136_NAMESERVER is ${JSON.stringify(text)}, which is no address of a server`,
      'Give an IP address and, unless it is 53, a port: 192.0.2.1:5353 or [2001:db8::1]:5353.',
    );
  }
  return { address, port: Number(port) };
}

async function keyOf(settings: Settings): Promise<{ readonly key: TsigKey; readonly source: string }> {
  const name = variable(settings, 'RFC2136_TSIG_KEY');
  const secret = variable(settings, 'RFC2136_TSIG_SECRET');
  const file = variable(settings, 'RFC2136_TSIG_FILE');
  if (secret !== null) {
    if (name === null) {
      throw missing(
        'RFC2136_TSIG_SECRET is set, and RFC2136_TSIG_KEY is not',
        'Set it to the name of the key, as the server knows it.',
      );
    }
    const algorithm = variable(settings, 'RFC2136_TSIG_ALGORITHM') ?? 'hmac-sha256';
    const key = readable('RFC2136_TSIG_SECRET', () => makeTsigKey(name, algorithm, secret));
    return { key, source: 'environment (RFC2136_TSIG_SECRET)' };
  }
  if (file === null) {
    throw missing(
      'neither RFC2136_TSIG_FILE nor RFC2136_TSIG_SECRET is set',
      'Make a key with tsig-keygen, give it to the server, and name its file in RFC2136_TSIG_FILE.',
    );
  }
  const text = (await settings.readFile?.(file)) ?? null;
  if (text === null) {
    throw missing(
      `RFC2136_TSIG_FILE names ${file}, which cannot be read`,
      'Name a file that you may read, as tsig-keygen writes it.',
    );
  }
  const keys = readable(`the file ${file}`, () => parseTsigKeyFile(text));
  const wanted = name === null ? null : parseName(name);
  const found = keys.filter(key => wanted === null || key.name === wanted);
  const [key] = found;
  if (key === undefined || found.length > 1) {
    const names = keys.map(one => one.name).join(' ');
    throw missing(
      key === undefined
        ? `the file ${file} has no key ${wanted}, it has ${names}`
        : `the file ${file} has ${found.length} keys: ${names}`,
      'Say with RFC2136_TSIG_KEY which one.',
    );
  }
  return { key, source: `file (${file})` };
}

/** What `read` gives; what is wrong with a key is ZC_CREDENTIALS. */
function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const hint = error instanceof ZonecutError ? error.hint : null;
    throw missing(`${what}: ${messageOf(error)}`, hint ?? 'Make a key with tsig-keygen.');
  }
}

function missing(sentence: string, hint: string): ZonecutError {
  return new ZonecutError('ZC_CREDENTIALS', sentence, { hint });
}
