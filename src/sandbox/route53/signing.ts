import { dnskeyOf, dsOfKey } from '../../dns/dnssec.ts';
import { newSigningKey } from '../signing.ts';
import { type Account, type HostedZoneState, type KeySigningKeyState, publishZone } from './account.ts';
import { malformedInput, Route53Fault, refused } from './fault.ts';
import { type Created, printChange, refuseBusy, serviceUrl, zoneOfId } from './operations.ts';
import { documentOf, element, leaf, parseRequest } from './xml.ts';

/** Key-signing keys of one zone, at most. */
const maxKeys = 2;

/** GetDNSSEC. */
export function getDnssec(account: Account, id: string): string {
  const zone = publicZone(account, id);
  return documentOf(
    'GetDNSSECResponse',
    element('Status', leaf('ServeSignature', zone.zsk === null ? 'NOT_SIGNING' : 'SIGNING')),
    element(
      'KeySigningKeys',
      ...[...zone.ksks.values()].map(ksk => element('member', ...keyFields(zone, ksk))),
    ),
  );
}

function publicZone(account: Account, id: string): HostedZoneState {
  const zone = zoneOfId(account, id);
  if (zone.isPrivate) {
    throw refused('InvalidArgument', 'Operation is unsupported for private hosted zones');
  }
  return zone;
}

function keyFields(zone: HostedZoneState, ksk: KeySigningKeyState): readonly string[] {
  const { dnskey, keyTag } = ksk.key;
  const { publicKey } = dnskeyOf(dnskey);
  const ds = dsOfKey(zone.name, dnskey);
  const created = new Date(ksk.createdMs).toISOString();
  return [
    leaf('Name', ksk.name),
    leaf('KmsArn', ksk.kmsArn),
    leaf('Flag', 257),
    leaf('SigningAlgorithmMnemonic', 'ECDSAP256SHA256'),
    leaf('SigningAlgorithmType', 13),
    leaf('DigestAlgorithmMnemonic', 'SHA-256'),
    leaf('DigestAlgorithmType', 2),
    leaf('KeyTag', keyTag),
    leaf('DigestValue', ds.split(' ')[3] ?? ''),
    leaf('PublicKey', Buffer.from(publicKey).toString('base64')),
    leaf('DSRecord', ds),
    leaf('DNSKEYRecord', dnskey),
    leaf('Status', ksk.active ? 'ACTIVE' : 'INACTIVE'),
    leaf('StatusMessage', ''),
    leaf('CreatedDate', created),
    leaf('LastModifiedDate', created),
  ];
}

/** CreateKeySigningKey: a key of KMS, of which a zone takes two at most and each once. */
export function createKeySigningKey(account: Account, body: string): Created {
  const request = parseRequest(body, 'CreateKeySigningKeyRequest');
  const [reference, zoneId, kmsArn, name, status] = [
    'CallerReference',
    'HostedZoneId',
    'KeyManagementServiceArn',
    'Name',
    'Status',
  ].map(field => request.text(field));
  if (reference == null || zoneId == null || kmsArn == null || name == null || status == null) {
    throw malformedInput();
  }
  const zone = publicZone(account, zoneId.replace(/^\/hostedzone\//, ''));
  if (!/^[A-Za-z0-9_]{3,128}$/.test(name)) {
    throw refused(
      'InvalidKeySigningKeyName',
      'The key-signing key (KSK) name that you specified is not valid.',
    );
  }
  if (!account.kmsKeys.includes(kmsArn)) {
    throw refused(
      'InvalidKMSArn',
      `The KeyManagementServiceArn ${kmsArn} is not valid to use with DNSSEC signing.`,
    );
  }
  if (zone.ksks.has(name) || [...zone.ksks.values()].some(ksk => ksk.kmsArn === kmsArn)) {
    throw new Route53Fault(
      409,
      'KeySigningKeyAlreadyExists',
      'There is already a key-signing key (KSK) with that name or key.',
    );
  }
  if (zone.ksks.size >= maxKeys) {
    throw refused('TooManyKeySigningKeys', `A hosted zone has ${maxKeys} key-signing keys at most.`);
  }
  refuseBusy(zone);
  const ksk: KeySigningKeyState = {
    name,
    reference,
    kmsArn,
    key: newSigningKey(account.deps.random, true),
    createdMs: account.deps.clock.now(),
    active: status === 'ACTIVE',
  };
  zone.ksks.set(name, ksk);
  return {
    location: `${serviceUrl}/keysigningkey/${zone.id}/${name}`,
    body: documentOf(
      'CreateKeySigningKeyResponse',
      printChange(publishZone(account, zone)),
      element('KeySigningKey', ...keyFields(zone, ksk)),
    ),
  };
}

/** EnableHostedZoneDNSSEC: a zone with an active key-signing key is signed from now on. */
export function enableDnssec(account: Account, id: string): string {
  const zone = publicZone(account, id);
  if (![...zone.ksks.values()].some(ksk => ksk.active)) {
    throw refused(
      'KeySigningKeyWithActiveStatusNotFound',
      `A key-signing key (KSK) with an active status wasn't found.`,
    );
  }
  refuseBusy(zone);
  zone.zsk ??= newSigningKey(account.deps.random, false);
  return documentOf('EnableHostedZoneDNSSECResponse', printChange(publishZone(account, zone)));
}

/** DisableHostedZoneDNSSEC: refused while the zone above publishes a DS of one of its keys. */
export function disableDnssec(account: Account, id: string): string {
  const zone = publicZone(account, id);
  if (zone.zsk === null) {
    throw refused('DNSSECNotFound', "The hosted zone doesn't have any DNSSEC resources.");
  }
  const above = account.dsAbove(zone.name);
  if ([...zone.ksks.values()].some(({ key }) => above.includes(dsOfKey(zone.name, key.dnskey)))) {
    throw refused(
      'KeySigningKeyInParentDSRecord',
      'The key-signing key (KSK) is specified in a parent DS record.',
    );
  }
  refuseBusy(zone);
  zone.zsk = null;
  return documentOf('DisableHostedZoneDNSSECResponse', printChange(publishZone(account, zone)));
}

/** ActivateKeySigningKey. */
export function activateKey(account: Account, id: string, name: string): string {
  const zone = publicZone(account, id);
  keyNamed(zone, name).active = true;
  return documentOf('ActivateKeySigningKeyResponse', printChange(publishZone(account, zone)));
}

/** DeactivateKeySigningKey: not the last active one of a zone that is signed. */
export function deactivateKey(account: Account, id: string, name: string): string {
  const zone = publicZone(account, id);
  const ksk = keyNamed(zone, name);
  const others = [...zone.ksks.values()].filter(other => other !== ksk && other.active);
  if (zone.zsk !== null && others.length === 0) {
    throw refused(
      'KeySigningKeyInUse',
      'The key-signing key (KSK) cannot be deactivated: it is the last active one of a zone that is signed.',
    );
  }
  ksk.active = false;
  return documentOf('DeactivateKeySigningKeyResponse', printChange(publishZone(account, zone)));
}

/** DeleteKeySigningKey: of one that is not active. */
export function deleteKeySigningKey(account: Account, id: string, name: string): string {
  const zone = publicZone(account, id);
  if (keyNamed(zone, name).active) {
    throw refused(
      'InvalidKeySigningKeyStatus',
      "The key-signing key (KSK) status isn't valid or another KSK has the status INTERNAL_FAILURE.",
    );
  }
  zone.ksks.delete(name);
  return documentOf('DeleteKeySigningKeyResponse', printChange(publishZone(account, zone)));
}

function keyNamed(zone: HostedZoneState, name: string): KeySigningKeyState {
  const ksk = zone.ksks.get(name);
  if (ksk === undefined) {
    throw new Route53Fault(404, 'NoSuchKeySigningKey', "The specified key-signing key (KSK) doesn't exist.");
  }
  return ksk;
}
