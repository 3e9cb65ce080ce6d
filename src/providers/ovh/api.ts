import { createHash } from 'node:crypto';
import type { ErrorCode } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { HttpRequest, World } from '../../world/world.ts';
import { type Settings, variable } from '../driver.ts';
import { defaultRequestTimeoutMs } from '../http-client.ts';
import { textAt } from '../json.ts';
import { createRestClient, type RestClient, type RestOptions } from '../rest/client.ts';

const endpoints: ReadonlyMap<string, string> = new Map([
  ['ovh-eu', 'https://eu.api.ovh.com/1.0'],
  ['ovh-ca', 'https://ca.api.ovh.com/1.0'],
  ['ovh-us', 'https://api.us.ovhcloud.com/1.0'],
]);

const settingsUrl = 'https://api.ovh.com/createToken/';

/** The API, each request signed. Throws ZC_CREDENTIALS when a part of the credentials is missing. */
export function openApi(world: World, settings: Settings): RestClient {
  const key = variable(settings, 'OVH_APPLICATION_KEY');
  const secret = new Secret(variable(settings, 'OVH_APPLICATION_SECRET') ?? '');
  const consumer = new Secret(variable(settings, 'OVH_CONSUMER_KEY') ?? '');
  const region = variable(settings, 'OVH_ENDPOINT') ?? 'ovh-eu';
  const options: RestOptions = {
    host: 'OVHcloud',
    endpoint: variable(settings, 'ZONECUT_OVH_ENDPOINT') ?? endpoints.get(region) ?? '',
    pace: { kind: 'bucket', burst: 40, perSecond: 20 },
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    headers: {},
    secrets: [secret, consumer],
    credentialsHint: `Set OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY to those of ${settingsUrl}.`,
    sentenceOf: body => textAt(body, 'message'),
    codeOf: (_status, body) => codes.get(textAt(body, 'errorCode') ?? '') ?? null,
  };
  const plain = createRestClient(world, options);
  if (options.endpoint === '') {
    throw plain.http.fault(
      'ZC_CREDENTIALS',
      `OVH_ENDPOINT is ${JSON.stringify(region)}; there are ${[...endpoints.keys()].join(', ')}`,
      'Set it to one of them.',
    );
  }
  if (key === null || secret.reveal() === '' || consumer.reveal() === '') {
    throw plain.http.fault(
      'ZC_CREDENTIALS',
      'OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY are not all set',
      `Make them at ${settingsUrl}.`,
    );
  }
  const now = hostTime(world, plain);
  return createRestClient(world, {
    ...options,
    authorize: async (request, signal) => {
      const time = String(await now(signal));
      return {
        'x-ovh-application': key,
        'x-ovh-consumer': consumer.reveal(),
        'x-ovh-timestamp': time,
        'x-ovh-signature': signatureOf(request, secret, consumer, time),
      };
    },
  });
}

/** What the host calls its refusals. */
const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ['INVALID_CREDENTIAL', 'ZC_CREDENTIALS'],
  ['INVALID_KEY', 'ZC_CREDENTIALS'],
  ['INVALID_SIGNATURE', 'ZC_CREDENTIALS'],
  ['NOT_CREDENTIAL', 'ZC_CREDENTIALS'],
  ['QUERY_TIME_OUT', 'ZC_CREDENTIALS'],
  ['NOT_GRANTED_CALL', 'ZC_RIGHTS'],
]);

/** Seconds since 1970 by the host's clock, which is asked for once. */
function hostTime(world: World, plain: RestClient): (signal: AbortSignal | undefined) => Promise<number> {
  let ahead: number | null = null;
  const seconds = (): number => Math.floor(world.clock.now() / 1000);
  return async signal => {
    if (ahead === null) {
      const { json } = await plain.get('/auth/time', signal);
      if (typeof json !== 'number') throw plain.unreadable('a time', json);
      ahead = json - seconds();
    }
    return seconds() + ahead;
  };
}

/** SHA-1 over the secrets and all of the request that matters, as the host wants it. */
function signatureOf(
  { method, url, body }: HttpRequest,
  secret: Secret,
  consumer: Secret,
  time: string,
): string {
  const parts = [secret.reveal(), consumer.reveal(), method, url, typeof body === 'string' ? body : '', time];
  return `$1$${createHash('sha1').update(parts.join('+')).digest('hex')}`;
}
