import { ZonecutError } from '../error.ts';
import { azure } from './azure/driver.ts';
import { cloudflare } from './cloudflare/driver.ts';
import { desec } from './desec/driver.ts';
import { digitalocean } from './digitalocean/driver.ts';
import { dnsimple } from './dnsimple/driver.ts';
import type { Driver, Settings } from './driver.ts';
import { dyn } from './dyn/driver.ts';
import { bridgeDriver } from './exec/driver.ts';
import { gandi } from './gandi/driver.ts';
import { gcloud } from './gcloud/driver.ts';
import { godaddy } from './godaddy/driver.ts';
import { hetzner } from './hetzner/driver.ts';
import { linode } from './linode/driver.ts';
import { namecheap } from './namecheap/driver.ts';
import { namecom } from './namecom/driver.ts';
import { ns1 } from './ns1/driver.ts';
import { oci } from './oci/driver.ts';
import { ovh } from './ovh/driver.ts';
import { porkbun } from './porkbun/driver.ts';
import { powerdns } from './powerdns/driver.ts';
import type { ProviderId } from './provider.ts';
import { rfc2136 } from './rfc2136/driver.ts';
import { route53 } from './route53/driver.ts';
import { secondAccount } from './second-account.ts';
import { vultr } from './vultr/driver.ts';
import { zonefile } from './zonefile/driver.ts';

/** All drivers, in the order in which they are listed. */
export const drivers: readonly Driver[] = [
  route53,
  namecheap,
  dyn,
  oci,
  gcloud,
  azure,
  rfc2136,
  powerdns,
  desec,
  gandi,
  ovh,
  namecom,
  porkbun,
  godaddy,
  cloudflare,
  digitalocean,
  ns1,
  hetzner,
  dnsimple,
  linode,
  vultr,
  zonefile,
];

/** Credentials that were found. */
export interface FoundAccount {
  readonly driver: ProviderId;
  /** Such as `environment (AWS_ACCESS_KEY_ID)`. */
  readonly where: string;
}

/**
 * The driver of that id, title or alias, in letters of any case, or with `:LABEL` behind it that of another account at the same
 * host; or the bridge that `exec:PROGRAM` or `lexicon:PROVIDER` names. Throws ZC_PROVIDER_UNKNOWN, with the nearest name as hint.
 */
export function driverNamed(text: string): Driver {
  const bridge = bridgeDriver(text.trim());
  if (bridge !== null) return bridge;
  const [, word = text, label = null] = /^(.+?)\s*:\s*([a-z][a-z0-9_-]*)$/i.exec(text.trim()) ?? [];
  const wanted = word.trim().toLowerCase();
  const found = drivers.find(driver => wordsOf(driver).includes(wanted));
  if (found !== undefined) return label === null ? found : secondAccount(found, label);
  const ids = drivers.map(driver => driver.id).join(', ');
  const near = nearest(wanted);
  throw new ZonecutError(
    'ZC_PROVIDER_UNKNOWN',
    `no driver is called ${JSON.stringify(text)}; there are ${ids}`,
    {
      hint: near === null ? `Choose one of ${ids}.` : `Did you mean ${near}?`,
    },
  );
}

/** Which drivers have credentials, and where. Reads the environment and the files of the settings; asks no host. */
export async function foundAccounts(settings: Settings): Promise<readonly FoundAccount[]> {
  const found = await Promise.all(
    drivers.map(async driver => ({ driver: driver.id, where: await driver.find(settings) })),
  );
  return found.flatMap(({ driver, where }) => (where === null ? [] : [{ driver, where }]));
}

function wordsOf(driver: Driver): readonly string[] {
  return [driver.id, driver.title.toLowerCase(), ...driver.aliases];
}

/** The id of the driver one of whose words is at most a third of its letters away; null when none is. */
function nearest(wanted: string): ProviderId | null {
  const rated = drivers.flatMap(driver =>
    wordsOf(driver).map(word => ({ id: driver.id, word, distance: editDistance(wanted, word) })),
  );
  const best = rated.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.word.length / 3))
    ? best.id
    : null;
}

/** Letters to insert, delete or replace to make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
