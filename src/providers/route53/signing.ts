import type { KeySigningKey } from '@aws-sdk/client-route-53';
import {
  ActivateKeySigningKeyCommand,
  CreateKeySigningKeyCommand,
  DeactivateKeySigningKeyCommand,
  DeleteKeySigningKeyCommand,
  DisableHostedZoneDNSSECCommand,
  EnableHostedZoneDNSSECCommand,
  GetDNSSECCommand,
} from '@aws-sdk/client-route-53';
import { parseRdata } from '../../dns/rdata.ts';
import type { HostedZone, ZoneSigning } from '../provider.ts';
import { Route53Fault } from './errors.ts';
import type { Route53Api } from './sdk.ts';
import { run } from './sdk.ts';

/** The name of the key-signing key that zonecut makes; a zone has two at most, and each name once. */
const keyName = 'zonecut';

/** The DNSSEC of a zone as Route 53 has it. */
interface Dnssec {
  /** SIGNING, NOT_SIGNING, DELETING, ACTION_NEEDED or INTERNAL_FAILURE. */
  readonly status: string;
  readonly sentence: string;
  readonly keys: readonly KeySigningKey[];
}

function getDnssec(api: Route53Api, zone: HostedZone, signal: AbortSignal | undefined): Promise<Dnssec> {
  return run(
    api,
    'GetDNSSEC',
    signal,
    sending => api.client.send(new GetDNSSECCommand({ HostedZoneId: zone.id }), sending),
    ({ Status, KeySigningKeys }) =>
      Status?.ServeSignature === undefined
        ? null
        : {
            status: Status.ServeSignature,
            sentence: Status.StatusMessage ?? '',
            keys: KeySigningKeys ?? [],
          },
  );
}

/** `Provider.readSigning`. The DNSKEY records are those of the key-signing keys: Route 53 does not show its others. */
export async function readSigning(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const { status, sentence, keys } = await getDnssec(api, zone, signal);
  if (status === 'ACTION_NEEDED' || status === 'INTERNAL_FAILURE') {
    throw api.http.fault(
      'ZC_PROVIDER_REFUSED',
      `Route 53 cannot sign ${zone.apex}: ${status}${sentence === '' ? '' : `: ${sentence}`}`,
      'Look at the key in KMS and at its policy (the service dnssec-route53.amazonaws.com must be allowed to use it).',
    );
  }
  const active = keys.filter(key => key.Status === 'ACTIVE');
  const state = status === 'SIGNING' ? 'signed' : 'unsigned';
  const of = (type: 'DS' | 'DNSKEY', field: (key: KeySigningKey) => string | undefined) =>
    state === 'unsigned'
      ? []
      : active
          .flatMap(key => field(key) ?? [])
          .map(text => parseRdata(type, text))
          .sort();
  return {
    state,
    ds: of('DS', key => key.DSRecord),
    dnskeys: of('DNSKEY', key => key.DNSKEYRecord),
    cds: [],
  };
}

/** `Provider.signZone`: an active key-signing key over the key of KMS that the settings name, and then signing. */
export async function signZone(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const { status, keys } = await getDnssec(api, zone, signal);
  if (status !== 'SIGNING') {
    if (!keys.some(key => key.Status === 'ACTIVE')) {
      const own = keys.find(key => key.Name === keyName);
      await (own === undefined ? createKey(api, zone, signal) : activateKey(api, zone, signal));
    }
    await run(
      api,
      'EnableHostedZoneDNSSEC',
      signal,
      sending => api.client.send(new EnableHostedZoneDNSSECCommand({ HostedZoneId: zone.id }), sending),
      () => true,
    );
  }
  return await readSigning(api, zone, signal);
}

async function createKey(api: Route53Api, zone: HostedZone, signal: AbortSignal | undefined): Promise<void> {
  const { kmsKey } = api;
  if (kmsKey === null) {
    throw api.http.fault(
      'ZC_PROVIDER_REFUSED',
      `Route 53 signs ${zone.apex} only with a key of your own in KMS, and none is named`,
      'Set ZONECUT_ROUTE53_KMS_KEY to the ARN of a key in us-east-1 (ECC_NIST_P256, sign and verify) that dnssec-route53.amazonaws.com may use.',
    );
  }
  try {
    await run(
      api,
      'CreateKeySigningKey',
      signal,
      sending =>
        api.client.send(
          new CreateKeySigningKeyCommand({
            CallerReference: `zonecut:${zone.id}:${keyName}`,
            HostedZoneId: zone.id,
            KeyManagementServiceArn: kmsKey,
            Name: keyName,
            Status: 'ACTIVE',
          }),
          sending,
        ),
      () => true,
    );
  } catch (error) {
    // An earlier try whose answer was lost has made it.
    if (!(error instanceof Route53Fault) || error.code !== 'KeySigningKeyAlreadyExists') throw error;
  }
}

async function activateKey(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<void> {
  await run(
    api,
    'ActivateKeySigningKey',
    signal,
    sending =>
      api.client.send(new ActivateKeySigningKeyCommand({ HostedZoneId: zone.id, Name: keyName }), sending),
    () => true,
  );
}

/** `Provider.unsignZone`: ends signing, then deletes every key-signing key, since a zone that has one cannot be deleted. */
export async function unsignZone(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { status, keys } = await getDnssec(api, zone, signal);
  if (status !== 'NOT_SIGNING') {
    await unless(['DNSSECNotFound'], () =>
      run(
        api,
        'DisableHostedZoneDNSSEC',
        signal,
        sending => api.client.send(new DisableHostedZoneDNSSECCommand({ HostedZoneId: zone.id }), sending),
        () => true,
      ),
    );
  }
  await deleteKeys(api, zone, keys, signal);
}

/**
 * Deletes the keys of a zone that is about to be deleted, which cannot be while it has any: those that a signing which broke off
 * has left. Where the credentials may not look, nothing is done. Throws ZC_PROVIDER_CONFLICT when the zone is signed.
 */
export async function deleteIdleKeys(
  api: Route53Api,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<void> {
  const dnssec = await getDnssec(api, zone, signal).catch((error: unknown) => {
    if (error instanceof Route53Fault && error.code.startsWith('AccessDenied')) return null;
    throw error;
  });
  if (dnssec === null) return;
  if (dnssec.status !== 'NOT_SIGNING') {
    throw api.http.fault(
      'ZC_PROVIDER_CONFLICT',
      `${zone.apex} is signed, and a signed zone is not deleted; it is as it was`,
      `Take its DS and keys away first: \`zonecut unsign ${zone.apex}\`.`,
    );
  }
  await deleteKeys(api, zone, dnssec.keys, signal);
}

async function deleteKeys(
  api: Route53Api,
  zone: HostedZone,
  keys: Dnssec['keys'],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { Name, Status } of keys) {
    if (Status === 'ACTIVE') {
      await unless(['NoSuchKeySigningKey', 'InvalidKeySigningKeyStatus'], () =>
        run(
          api,
          'DeactivateKeySigningKey',
          signal,
          sending =>
            api.client.send(new DeactivateKeySigningKeyCommand({ HostedZoneId: zone.id, Name }), sending),
          () => true,
        ),
      );
    }
    await unless(['NoSuchKeySigningKey'], () =>
      run(
        api,
        'DeleteKeySigningKey',
        signal,
        sending => api.client.send(new DeleteKeySigningKeyCommand({ HostedZoneId: zone.id, Name }), sending),
        () => true,
      ),
    );
  }
}

/** Does `task`; one of `codes` says that it is done already. */
async function unless(codes: readonly string[], task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof Route53Fault) || !codes.includes(error.code)) throw error;
  }
}
