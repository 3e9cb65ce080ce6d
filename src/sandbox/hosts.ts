import { makeQuery } from '../dns/message.ts';
import { type Name, relativeTo, rootName } from '../dns/name.ts';
import type { Rdata } from '../dns/rrset.ts';
import { type HttpListener, listenHttp, type ServeHttp } from '../world/listen-http.ts';
import { type CloudflareEmulator, createCloudflareEmulator } from './cloudflare/emulator.ts';
import { createDynEmulator, type DynEmulator } from './dyn/emulator.ts';
import type { EmulatorDeps } from './emulation.ts';
import { rrsetsOf } from './example-zone.ts';
import { sandboxKeys } from './keys.ts';
import type { NameServerFleet } from './name-servers.ts';
import { createNamecheapEmulator, type NamecheapEmulator } from './namecheap/emulator.ts';
import type { NewRow } from './namecheap/rows.ts';
import { createOciEmulator, type OciEmulator } from './oci/emulator.ts';
import { type OwnServers, startOwnServers } from './own-servers.ts';
import { createRoute53Emulator, type Route53Emulator } from './route53/emulator.ts';
import { type Console, noSigner, signingNameServers, type ZoneSigner } from './signing.ts';
import type { InternetTimes } from './times.ts';
import {
  cloudflareExample,
  dynExample,
  namecheapExample,
  ociExample,
  type RecordRow,
  route53Example,
  route53Servers,
} from './topology.ts';

/** Seconds, in every zone of a host. */
interface ApexTimes {
  readonly nsTtl: number;
  readonly soaTtl: number;
  readonly soaMinimum: number;
}

/** What the hosts are made of. */
export interface HostDeps extends EmulatorDeps {
  readonly times: InternetTimes;
  /** All name servers of the internet, for hosts that look at them before they end signing. */
  readonly fleet?: Pick<NameServerFleet, 'names' | 'answer'>;
  /** Signs the accounts' zones that are signed from the beginning; none is unless given. */
  readonly signer?: ZoneSigner;
  /** Whether the accounts may make as many requests as at the real hosts, or as many as they like. */
  readonly rates: 'service' | 'none';
}

/** The accounts of the sandbox, one at each of its DNS hosts. */
export interface Accounts {
  readonly route53: Route53Emulator;
  readonly namecheap: NamecheapEmulator;
  readonly dyn: DynEmulator;
  readonly oci: OciEmulator;
  readonly cloudflare: CloudflareEmulator;
  /** The console of the Namecheap-like host, for records that its API does not take. */
  readonly console: Console;
}

/** The DNS hosts of the sandbox on 127.0.0.1: accounts behind HTTP APIs, and servers that somebody runs for themselves. */
export interface Hosts extends Accounts, Pick<OwnServers, 'bind' | 'powerdns'> {
  /** Endpoints and credentials under the names that the vendors' users know. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** The accounts with their example zones. Their APIs are functions; `startHosts` puts them behind sockets. */
export function openAccounts(deps: HostDeps): Accounts {
  const console = signingNameServers(deps.nameServers, deps.signer ?? noSigner);
  return {
    route53: openRoute53(deps),
    namecheap: openNamecheap({ ...deps, nameServers: console }),
    dyn: openDyn(deps),
    oci: openOci(deps),
    cloudflare: openCloudflare(deps),
    console,
  };
}

/** Endpoints and credentials of the accounts, under the names that the vendors' users know. */
export function environmentOf(
  urls: Readonly<Record<Exclude<keyof Accounts, 'console'>, string>>,
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_ROUTE_53: urls.route53,
    AWS_ACCESS_KEY_ID: awsKey.id,
    AWS_SECRET_ACCESS_KEY: awsKey.secret,
    AWS_REGION: 'us-east-1',
    ZONECUT_ROUTE53_KMS_KEY: kmsKey,
    ZONECUT_NAMECHEAP_ENDPOINT: `${urls.namecheap}/xml.response`,
    NAMECHEAP_API_USER: namecheapUser.apiUser,
    NAMECHEAP_API_KEY: namecheapUser.apiKey,
    NAMECHEAP_USER_NAME: namecheapUser.apiUser,
    NAMECHEAP_CLIENT_IP: '127.0.0.1',
    ZONECUT_DYN_ENDPOINT: urls.dyn,
    DYN_CUSTOMER_NAME: dynUser.customerName,
    DYN_USER_NAME: dynUser.userName,
    DYN_PASSWORD: dynUser.password,
    ZONECUT_OCI_ENDPOINT: `${urls.oci}/20180115`,
    OCI_CLI_TENANCY: ociUser.tenancy,
    OCI_CLI_USER: ociUser.user,
    OCI_CLI_FINGERPRINT: ociUser.fingerprint,
    OCI_CLI_KEY_CONTENT: sandboxKeys().privateKey,
    OCI_CLI_REGION: 'us-ashburn-1',
    ZONECUT_CLOUDFLARE_ENDPOINT: `${urls.cloudflare}/client/v4`,
    CLOUDFLARE_API_TOKEN: cloudflareUser.token,
  };
}

/** Opens the accounts with their example zones. Rejects with ZC_PORT. */
export async function startHosts(deps: HostDeps): Promise<Hosts> {
  const accounts = openAccounts(deps);
  const listeners: HttpListener[] = [];
  const listen = async (serve: ServeHttp): Promise<string> => {
    const listener = await listenHttp({ address: '127.0.0.1', port: 0 }, serve);
    listeners.push(listener);
    return listener.url;
  };
  const own = await startOwnServers(deps);
  const close = async (): Promise<void> => {
    await Promise.all([own.close(), ...listeners.map(listener => listener.close())]);
  };
  try {
    const environment = environmentOf({
      route53: await listen(request => accounts.route53.handle(request)),
      namecheap: await listen(request => accounts.namecheap.handle(request)),
      dyn: await listen(request => accounts.dyn.handle(request)),
      oci: await listen(request => accounts.oci.handle(request)),
      cloudflare: await listen(request => accounts.cloudflare.handle(request)),
    });
    const { bind, powerdns } = own;
    return { ...accounts, bind, powerdns, environment: { ...environment, ...own.environment }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const awsKey = { id: 'AKIAZONECUTSANDBOX01', secret: 'zonecut/sandbox/secret/key/0000000000001' };
const kmsKey = 'arn:aws:kms:us-east-1:123456789012:key/5a9d0c27-e3c8-4c1c-9a37-000000000001';
const namecheapUser = { apiUser: 'sandbox', apiKey: '00000000000000000000000000000000' };

const dynUser = { customerName: 'sandbox', userName: 'zonecut', password: 'sandbox-password' };

const ociUser = {
  tenancy: 'ocid1.tenancy.oc1..aaaaaaaasandbox',
  user: 'ocid1.user.oc1..aaaaaaaasandbox',
  fingerprint: '20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34',
};

const cloudflareUser = {
  token: 'v1_sandbox_0000000000000000000000000000000',
  account: '0123456789abcdef0123456789abcdef',
};

function openRoute53(deps: HostDeps): Route53Emulator {
  const emulator = createRoute53Emulator(deps, {
    servers: route53Servers.map(server => server.name),
    keys: [awsKey],
    kmsKeys: [kmsKey],
    dsAbove: apex => dsAbove(deps, apex),
    apexTimes: apexTimes(deps.times),
    ...ratesOf(deps),
  });
  emulator.seedZone({
    name: route53Example.apex,
    rrsets: rrsetsOf(route53Example),
    nameServers: route53Example.servers,
    signingKeys: (deps.signer ?? noSigner).keysOf(route53Example.apex),
  });
  return emulator;
}

/** What the name servers say of `apex DS`; none when nothing above is served. */
function dsAbove({ fleet }: HostDeps, apex: Name): readonly Rdata[] {
  const query = makeQuery(apex, 'DS', { recursionDesired: false });
  const answers = (fleet?.names ?? []).flatMap(name => fleet?.answer(name, query)?.answer ?? []);
  return [...new Set(answers.filter(({ type }) => type === 'DS').map(({ data }) => data))];
}

function openNamecheap(deps: HostDeps): NamecheapEmulator {
  const emulator = createNamecheapEmulator(deps, {
    ...namecheapUser,
    servers: namecheapExample.servers,
    times: apexTimes(deps.times),
    ...ratesOf(deps),
  });
  emulator.seedDomain({
    name: relativeTo(namecheapExample.apex, rootName),
    rows: namecheapExample.records.map(namecheapRow),
  });
  return emulator;
}

function openDyn(deps: HostDeps): DynEmulator {
  const emulator = createDynEmulator(deps, {
    servers: dynExample.servers,
    users: [dynUser],
    times: apexTimes(deps.times),
    ...ratesOf(deps),
  });
  emulator.seedZone({ name: dynExample.apex, rrsets: rrsetsOf(dynExample) });
  return emulator;
}

function openOci(deps: HostDeps): OciEmulator {
  const emulator = createOciEmulator(deps, {
    compartment: ociUser.tenancy,
    servers: ociExample.servers,
    users: [{ ...ociUser, publicKey: sandboxKeys().publicKey, mayWrite: true }],
    times: apexTimes(deps.times),
  });
  emulator.seedZone({ name: ociExample.apex, rrsets: rrsetsOf(ociExample) });
  return emulator;
}

/** One row of the example zone is proxied, as most are at that host. */
function openCloudflare(deps: HostDeps): CloudflareEmulator {
  const { negativeTtlSeconds } = deps.times;
  const emulator = createCloudflareEmulator(deps, {
    ...cloudflareUser,
    servers: cloudflareExample.servers,
    ...(negativeTtlSeconds === null ? {} : { apexTtl: negativeTtlSeconds }),
  });
  emulator.seedZone({ name: cloudflareExample.apex, rrsets: rrsetsOf(cloudflareExample) });
  emulator.addRow(cloudflareExample.apex, {
    type: 'A',
    name: 'cdn',
    content: '198.51.100.160',
    proxied: true,
    ttl: 1,
  });
  return emulator;
}

/** Null lifts the limits of an emulator; nothing leaves it its own. */
function ratesOf(deps: HostDeps): { readonly rates?: null } {
  return deps.rates === 'none' ? { rates: null } : {};
}

/** What every zone of an account has at its apex, where that differs from the host's habit. */
function apexTimes({ negativeTtlSeconds, delegationTtlSeconds }: InternetTimes): Partial<ApexTimes> {
  return {
    ...(delegationTtlSeconds === null ? {} : { nsTtl: delegationTtlSeconds }),
    ...(negativeTtlSeconds === null ? {} : { soaTtl: negativeTtlSeconds, soaMinimum: negativeTtlSeconds }),
  };
}

/** A record as Namecheap's console has it: MX with its preference apart, TXT as plain text. */
function namecheapRow({ host, type, data, ttl }: RecordRow): NewRow {
  const row = { name: host, type, ttl };
  if (type === 'MX') {
    const [preference, exchange] = data.split(' ');
    return { ...row, address: exchange ?? '', mxPref: Number(preference) };
  }
  return { ...row, address: type === 'TXT' ? data.slice(1, -1) : data };
}
