import { extendedErrorTitle } from '../dns/edns.ts';
import { algorithmMnemonic } from '../dns/fields-dnssec.ts';
import { rootName } from '../dns/name.ts';
import type { DsUse, KeyChain } from '../resolver/key-chain.ts';
import type { Security } from '../resolver/security.ts';
import type { TraceSecurity, ZoneSecurity } from '../resolver/trace-security.ts';
import { durationText, type Paint } from './paint.ts';

/** Whether there is anything to say: not where no trust anchor is above the whole trace. */
export function isJudged(security: TraceSecurity): boolean {
  return security.zones.some(zone => zone.security.kind !== 'indeterminate');
}

/** One line on the keys of a zone, and one on each thing about them that asks for care. */
export function zoneSecurityLines(zone: ZoneSecurity, paint: Paint): readonly string[] {
  const { security, since, chain, firstEnd, servers } = zone;
  if (security.kind === 'indeterminate' && servers.every(said => said === null)) {
    return [];
  }
  if (since !== null) {
    return [paint.dim(`${security.kind}, as ${since === rootName ? 'the root' : since} is`)];
  }
  const keys = chain === null ? '' : chainText(chain);
  const near =
    firstEnd?.isNear === true
      ? [
          paint.warn(
            `${paint.signs.odd} the signature of ${firstEnd.of} ends in ${durationText(firstEnd.leftSeconds)}, at ${firstEnd.at}`,
          ),
        ]
      : [];
  switch (security.kind) {
    case 'secure':
      return [paint.dim(`${paint.good('secure')}: ${keys}${endText(zone)}`), ...near];
    case 'bogus':
      return [
        paint.bad(`${paint.signs.failed} ${securityText(security)}`),
        ...(keys === '' ? [] : [paint.dim(`${keys}; ${keysText(zone)}`)]),
      ];
    default:
      return [paint.dim(securityText(security))];
  }
}

/** A verdict with its reason, and the title of its Extended DNS Error. */
export function securityText(security: Security): string {
  switch (security.kind) {
    case 'secure':
      return 'secure';
    case 'indeterminate':
      return 'indeterminate: no trust anchor is above';
    case 'insecure':
    case 'bogus': {
      const { kind, reason, errorCode } = security;
      return `${kind}: ${reason}${errorCode === null ? '' : ` (EDE ${errorCode}, ${extendedErrorTitle(errorCode)})`}`;
    }
  }
}

/** What the security of a zone means, in plain words; empty where nothing is to be said. */
export function securityExplanation({ zone, security, since, chain }: ZoneSecurity): string {
  const who = zone === rootName ? 'the root zone' : zone;
  if (since !== null) {
    return '';
  }
  switch (security.kind) {
    case 'secure':
      return chain?.from === 'anchor'
        ? `The keys of ${who} are those that every validating resolver has by heart, and they have signed this.`
        : `The zone above has signed a DS record that stands for a key of ${who}, and that key has signed this.`;
    case 'insecure':
      return `From here down nothing is signed, and the zone above has signed that it is so: a resolver takes the answers unchecked.`;
    case 'bogus':
      return `The chain of trust breaks here: a resolver that validates gives SERVFAIL in place of an answer.`;
    case 'indeterminate':
      return '';
  }
}

function chainText({ from, ds }: KeyChain): string {
  const source = from === 'anchor' ? 'of the trust anchor' : 'of the zone above';
  return ds.map((one, at) => `${dsText(one)}${at === 0 ? ` ${source}` : ''} ${useText(one)}`).join(', ');
}

function dsText({ keyTag, algorithm }: DsUse): string {
  return `DS ${keyTag} ${algorithmMnemonic(algorithm)}`;
}

function useText({ key, digestType }: DsUse): string {
  switch (key) {
    case 'signs':
      return 'stands for its key, which signs';
    case 'silent':
      return 'stands for a key of it that does not sign';
    case 'missing':
      return 'stands for no key of it';
    case 'unknown':
      return `has an algorithm or digest type (${digestType}) that is not known`;
  }
}

function keysText({ chain }: ZoneSecurity): string {
  const keys = chain?.keys ?? [];
  const each = keys.map(
    ({ keyTag, algorithm, flags }) => `${keyTag} ${algorithmMnemonic(algorithm)} (${flags})`,
  );
  return keys.length === 0 ? 'no keys were found' : `its keys are ${each.join(', ')}`;
}

function endText({ firstEnd }: ZoneSecurity): string {
  return firstEnd === null || firstEnd.isNear
    ? ''
    : `; signatures hold for ${durationText(firstEnd.leftSeconds)}`;
}
