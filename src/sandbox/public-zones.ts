import { isAtOrBelow, type Name, parseName, rootName } from '../dns/name.ts';
import { type RRset, rrsetOf } from '../dns/rrset.ts';
import { makeZone, type Zone } from '../dns/zone.ts';
import { noSigner, type ZoneSigner } from './signing.ts';
import type { InternetTimes } from './times.ts';
import {
  bindExample,
  bindServers,
  cloudflareExample,
  cloudflareServers,
  dynExample,
  dynServers,
  gtldServers,
  namecheapExample,
  namecheapServers,
  ociExample,
  ociServers,
  orgServers,
  powerdnsExample,
  powerdnsServers,
  rootServers,
  route53Example,
  route53Servers,
  type ServerRow,
  ukServers,
} from './topology.ts';

/** A zone and who serves it. */
export interface ServedZone {
  readonly zone: Zone;
  readonly servers: readonly Name[];
}

/** One zone of the public DNS before it is built. */
interface ZonePlan {
  readonly apex: Name;
  readonly servers: readonly Name[];
  /** MNAME and RNAME are followed by the numbers: serial, refresh, retry, expire, minimum (RFC 1035 section 3.3.13). */
  readonly soa: string;
  /** Seconds, as are those below. */
  readonly soaTtl: number;
  readonly nsTtl: number;
  /** Of the delegations in the zone and their glue. */
  readonly delegationTtl: number;
}

/** Every name server of the sandbox with its address. */
export const allServers: readonly ServerRow[] = [
  ...rootServers,
  ...gtldServers,
  ...orgServers,
  ...ukServers,
  ...namecheapServers,
  ...dynServers,
  ...ociServers,
  ...cloudflareServers,
  ...bindServers,
  ...powerdnsServers,
  ...route53Servers,
];

/** The zones that a signed internet signs: of its public zones those that are signed in the real one, and two accounts'. */
export const signedApexes: readonly Name[] = [
  rootName,
  ...['com', 'net', 'org', 'uk', 'co.uk'].map(parseName),
  namecheapExample.apex,
  route53Example.apex,
];

/**
 * The zones that nobody's account holds: root, top-level domains, and the zones that name servers' own names stand in.
 *
 * Every zone is delegated from the one above it, with glue for each name server below the parent, so that a strict
 * resolver can walk to all of it from the root alone. Those of `signer` are signed, and have DS in the zone above.
 */
export function publicZones(times: InternetTimes, signer: ZoneSigner = noSigner): readonly ServedZone[] {
  const plans = zonePlans();
  const accounts = [
    namecheapExample,
    dynExample,
    route53Example,
    ociExample,
    cloudflareExample,
    bindExample,
    powerdnsExample,
  ];
  const delegated = [...plans, ...accounts].map(({ apex, servers }) => ({ apex, servers }));
  return plans.map(plan => ({
    zone: signer.sign(build(plan, delegated, times, signer)),
    servers: plan.servers,
  }));
}

type Cut = Pick<ZonePlan, 'apex' | 'servers'>;

function build(plan: ZonePlan, all: readonly Cut[], times: InternetTimes, signer: ZoneSigner): Zone {
  const cuts = all.filter(cut => closestAbove(cut.apex, all) === plan.apex);
  const delegationTtl = times.delegationTtlSeconds ?? plan.delegationTtl;
  const nsTtl = times.delegationTtlSeconds ?? plan.nsTtl;
  const own = new Set(plan.servers);
  const named = new Set([...plan.servers, ...cuts.flatMap(cut => cut.servers)]);
  const rrsets: RRset[] = [
    soaOf(plan, times),
    rrsetOf(plan.apex, 'NS', nsTtl, ...plan.servers),
    ...cuts.map(cut => rrsetOf(cut.apex, 'NS', delegationTtl, ...cut.servers)),
    ...cuts.flatMap(cut => signer.dsOf(cut.apex, delegationTtl)),
  ];
  for (const server of allServers) {
    if (named.has(server.name) && isAtOrBelow(server.name, plan.apex)) {
      const ttl = own.has(server.name) ? nsTtl : delegationTtl;
      rrsets.push(rrsetOf(server.name, 'A', ttl, server.address));
    }
  }
  return makeZone(plan.apex, rrsets);
}

function soaOf(plan: ZonePlan, times: InternetTimes): RRset {
  const negativeTtl = times.negativeTtlSeconds;
  const numbers = plan.soa.split(' ');
  const minimum = Number(numbers.pop());
  const shortest = negativeTtl === null ? minimum : Math.min(minimum, negativeTtl);
  const ttl = negativeTtl === null ? plan.soaTtl : Math.min(plan.soaTtl, negativeTtl);
  return rrsetOf(plan.apex, 'SOA', ttl, [...numbers, shortest].join(' '));
}

/** The apex of the zone that delegates `apex`: the longest of the others above it. */
function closestAbove(apex: Name, all: readonly Cut[]): Name | null {
  let closest: Name | null = null;
  for (const other of all) {
    const above = other.apex !== apex && isAtOrBelow(apex, other.apex);
    if (above && (closest === null || isAtOrBelow(other.apex, closest))) {
      closest = other.apex;
    }
  }
  return closest;
}

function zonePlans(): readonly ZonePlan[] {
  const day = 86_400;
  const root = {
    soa: 'a.root-servers.net. nstld.verisign-grs.com. 2026112300 1800 900 604800 86400',
    soaTtl: day,
    nsTtl: 6 * day,
    delegationTtl: 2 * day,
  };
  const gtld = {
    soa: 'a.gtld-servers.net. nstld.verisign-grs.com. 1795392000 1800 900 604800 900',
    soaTtl: 900,
    nsTtl: 2 * day,
    delegationTtl: 2 * day,
  };
  const org = {
    soa: 'b0.org.afilias-nst.org. hostmaster.donuts.email. 1795392000 7200 900 1209600 3600',
    soaTtl: 3600,
    nsTtl: day,
    delegationTtl: 3600,
  };
  const uk = {
    soa: 'dns1.nic.uk. hostmaster.nic.uk. 1795392000 7200 900 2419200 10800',
    soaTtl: 2 * day,
    nsTtl: 2 * day,
    delegationTtl: 2 * day,
  };
  const plain = { soaTtl: 3600, nsTtl: 2 * day, delegationTtl: 2 * day };
  const plan = (apex: string, servers: readonly ServerRow[], rest: Omit<ZonePlan, 'apex' | 'servers'>) => ({
    apex: parseName(apex),
    servers: servers.map(server => server.name),
    ...rest,
  });
  return [
    { ...plan('example', rootServers, root), apex: rootName },
    plan('root-servers.net', rootServers, root),
    plan('com', gtldServers, gtld),
    plan('net', gtldServers, gtld),
    plan('gtld-servers.net', gtldServers, gtld),
    plan('org', orgServers, org),
    plan('afilias-nst.org', orgServers, org),
    plan('uk', ukServers, uk),
    plan('co.uk', ukServers, uk),
    plan('nic.uk', ukServers, uk),
    plan('registrar-servers.com', namecheapServers, {
      ...plain,
      soa: 'dns1.registrar-servers.com. hostmaster.registrar-servers.com. 1795392000 43200 3600 604800 3601',
    }),
    plan('dynect.net', dynServers, {
      ...plain,
      soa: 'ns1.p01.dynect.net. hostmaster.dynect.net. 2026112300 3600 600 604800 1800',
    }),
    plan('oraclecloud.net', ociServers, {
      ...plain,
      soa: 'ns1.p68.dns.oraclecloud.net. hostmaster.oracle.com. 2026112300 3600 600 604800 1800',
    }),
    plan('cloudflare.com', cloudflareServers, {
      ...plain,
      soa: 'blakely.ns.cloudflare.com. dns.cloudflare.com. 2026112300 10000 2400 604800 1800',
    }),
    plan('example-hosting.net', bindServers, {
      ...plain,
      soa: 'ns1.example-hosting.net. hostmaster.example-hosting.net. 2026112300 7200 900 1209600 3600',
    }),
    plan('example-dns.org', powerdnsServers, {
      ...plain,
      soa: 'ns1.example-dns.org. hostmaster.example-dns.org. 2026112300 10800 3600 604800 3600',
    }),
    ...awsPlans(plan, plain),
  ];
}

function awsPlans(
  plan: (apex: string, servers: readonly ServerRow[], rest: Omit<ZonePlan, 'apex' | 'servers'>) => ZonePlan,
  plain: Omit<ZonePlan, 'apex' | 'servers' | 'soa'>,
): readonly ZonePlan[] {
  const apexes = [...new Set(route53Servers.map(server => server.zone))];
  return apexes.map(apex => {
    const servers = route53Servers.filter(server => server.zone === apex);
    const primary = servers[0]?.name ?? apex;
    const soa = `${primary} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
    return plan(apex, servers, { ...plain, soaTtl: 900, soa });
  });
}
