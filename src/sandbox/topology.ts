import { type Name, parseName } from '../dns/name.ts';

/**
 * Who serves what in the sandbox's internet, as data: names and habits of the real ones, addresses of the loopback net.
 *
 * The second octet of an address tells the operator, so that a trace can be read: 127.1 root, 127.2 com and net,
 * 127.3 org, 127.4 uk, 127.5 Namecheap, 127.6 Dyn, 127.7 and 127.8 the servers of one's own (BIND, PowerDNS), 127.9 OCI,
 * 127.10 Cloudflare, 127.53 the ISP, 127.153 Route 53.
 */
export interface ServerRow {
  readonly name: Name;
  /** IPv4, in 127.0.0.0/8. */
  readonly address: string;
}

/** One record as an account holds it: owner relative to the apex, `@` for the apex. */
export interface RecordRow {
  readonly host: string;
  readonly type: string;
  /** As in a zone file. */
  readonly data: string;
  /** Seconds. */
  readonly ttl: number;
}

/** A zone that an account at a host has from the beginning. */
export interface ExampleZone {
  readonly apex: Name;
  readonly servers: readonly Name[];
  /** Without SOA and the apex NS, which are the host's. */
  readonly records: readonly RecordRow[];
}

/** The address of the ISP's recursive name server. */
export const ispAddress = '127.53.0.1';

/** The root servers. */
export const rootServers: readonly ServerRow[] = [
  server('a.root-servers.net', '127.1.0.1'),
  server('b.root-servers.net', '127.1.0.2'),
];

/** The servers of com and net. */
export const gtldServers: readonly ServerRow[] = [
  server('a.gtld-servers.net', '127.2.0.1'),
  server('b.gtld-servers.net', '127.2.0.2'),
];

/** The servers of org. */
export const orgServers: readonly ServerRow[] = [
  server('b0.org.afilias-nst.org', '127.3.0.1'),
  server('d0.org.afilias-nst.org', '127.3.0.2'),
];

/** The servers of uk and co.uk. */
export const ukServers: readonly ServerRow[] = [
  server('dns1.nic.uk', '127.4.0.1'),
  server('dns2.nic.uk', '127.4.0.2'),
];

/** The name servers of the Namecheap-like host. */
export const namecheapServers: readonly ServerRow[] = [
  server('dns1.registrar-servers.com', '127.5.0.1'),
  server('dns2.registrar-servers.com', '127.5.0.2'),
];

/** The name servers of the Dyn-like host. */
export const dynServers: readonly ServerRow[] = [1, 2, 3, 4].map(number =>
  server(`ns${number}.p01.dynect.net`, `127.6.0.${number}`),
);

/** The name servers of the OCI-like host. */
export const ociServers: readonly ServerRow[] = [1, 2, 3, 4].map(number =>
  server(`ns${number}.p68.dns.oraclecloud.net`, `127.9.0.${number}`),
);

/** The name servers of the Cloudflare-like host. */
export const cloudflareServers: readonly ServerRow[] = [
  server('blakely.ns.cloudflare.com', '127.10.0.1'),
  server('vin.ns.cloudflare.com', '127.10.0.2'),
];

/** The name servers of whoever runs the BIND-like primary server. */
export const bindServers: readonly ServerRow[] = [
  server('ns1.example-hosting.net', '127.7.0.1'),
  server('ns2.example-hosting.net', '127.7.0.2'),
];

/** The name servers of whoever runs the PowerDNS-like server. */
export const powerdnsServers: readonly ServerRow[] = [
  server('ns1.example-dns.org', '127.8.0.1'),
  server('ns2.example-dns.org', '127.8.0.2'),
];

/** The top-level domains of Route 53's name servers, in the order of their numbers: 512 each. */
export const route53Tlds = ['com', 'net', 'org', 'co.uk'] as const;

/** One of `route53Tlds`. */
export type Route53Tld = (typeof route53Tlds)[number];

/** A name server of the Route 53-like host: `ns-N.awsdns-NN.TLD`, NN = floor((N mod 512) / 8). */
export interface Route53Server extends ServerRow {
  /** 0 to 2047. */
  readonly number: number;
  readonly tld: Route53Tld;
  /** The zone that its name stands in, such as `awsdns-03.com.`. */
  readonly zone: Name;
}

/** The numbers of the pool below each top-level domain, 0 to 511: two in each of four zones. */
const route53Numbers: Readonly<Record<Route53Tld, readonly number[]>> = {
  com: [26, 31, 138, 142, 328, 333, 481, 486],
  net: [34, 39, 161, 164, 290, 295, 449, 452],
  org: [11, 14, 120, 125, 305, 310, 400, 407],
  'co.uk': [50, 55, 217, 220, 361, 366, 504, 510],
};

/** The pool of the Route 53-like host: 8 servers below each of `route53Tlds`. */
export const route53Servers: readonly Route53Server[] = route53Tlds.flatMap((tld, block) =>
  route53Numbers[tld].map(low => route53Server(tld, block * 512 + low)),
);

/** The zone example.com at the Namecheap-like host. */
export const namecheapExample: ExampleZone = {
  apex: parseName('example.com'),
  servers: namecheapServers.map(row => row.name),
  records: [
    { host: '@', type: 'A', data: '192.0.2.10', ttl: 1799 },
    { host: '@', type: 'MX', data: '10 mx1.example.com.', ttl: 1799 },
    { host: '@', type: 'MX', data: '20 mx2.example.com.', ttl: 1799 },
    { host: '@', type: 'TXT', data: '"v=spf1 ip4:192.0.2.0/24 -all"', ttl: 1799 },
    { host: 'www', type: 'CNAME', data: 'example.com.', ttl: 1799 },
    { host: 'mx1', type: 'A', data: '192.0.2.25', ttl: 1799 },
    { host: 'mx2', type: 'A', data: '192.0.2.26', ttl: 1799 },
    { host: 'api', type: 'A', data: '192.0.2.20', ttl: 300 },
    { host: 'api', type: 'AAAA', data: '2001:db8::20', ttl: 300 },
    { host: 'blog', type: 'CNAME', data: 'blog.example.net.', ttl: 1799 },
    { host: '_dmarc', type: 'TXT', data: '"v=DMARC1; p=reject; rua=mailto:dmarc@example.com"', ttl: 1799 },
    {
      host: 'mail._domainkey',
      type: 'TXT',
      data: '"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB"',
      ttl: 1799,
    },
    { host: 'vpn.office', type: 'A', data: '192.0.2.40', ttl: 1799 },
  ],
};

/** The zone example.net at the Dyn-like host. */
export const dynExample: ExampleZone = {
  apex: parseName('example.net'),
  servers: dynServers.map(row => row.name),
  records: [
    { host: '@', type: 'A', data: '198.51.100.10', ttl: 3600 },
    { host: '@', type: 'MX', data: '10 mail.example.net.', ttl: 3600 },
    { host: '@', type: 'TXT', data: '"v=spf1 mx -all"', ttl: 3600 },
    { host: 'www', type: 'CNAME', data: 'example.net.', ttl: 3600 },
    { host: 'mail', type: 'A', data: '198.51.100.25', ttl: 3600 },
    { host: 'blog', type: 'A', data: '198.51.100.30', ttl: 3600 },
    { host: '_sip._tcp', type: 'SRV', data: '10 20 5060 sip.example.net.', ttl: 3600 },
    { host: 'sip', type: 'A', data: '198.51.100.50', ttl: 3600 },
  ],
};

/** The zone example.me.uk at the OCI-like host. */
export const ociExample: ExampleZone = {
  apex: parseName('example.me.uk'),
  servers: ociServers.map(row => row.name),
  records: [
    { host: '@', type: 'A', data: '198.51.100.110', ttl: 3600 },
    { host: '@', type: 'TXT', data: '"v=spf1 -all"', ttl: 3600 },
    { host: 'www', type: 'CNAME', data: 'example.me.uk.', ttl: 3600 },
    { host: '@', type: 'MX', data: '10 mail.example.me.uk.', ttl: 3600 },
    { host: 'mail', type: 'A', data: '198.51.100.125', ttl: 3600 },
    { host: 'files', type: 'A', data: '198.51.100.130', ttl: 300 },
  ],
};

/** The zone example.ltd.uk at the Cloudflare-like host. */
export const cloudflareExample: ExampleZone = {
  apex: parseName('example.ltd.uk'),
  servers: cloudflareServers.map(row => row.name),
  records: [
    { host: '@', type: 'A', data: '198.51.100.140', ttl: 300 },
    { host: '@', type: 'MX', data: '10 mx.example.ltd.uk.', ttl: 300 },
    { host: '@', type: 'TXT', data: '"v=spf1 mx -all"', ttl: 300 },
    { host: 'www', type: 'CNAME', data: 'example.ltd.uk.', ttl: 300 },
    { host: 'mx', type: 'A', data: '198.51.100.145', ttl: 300 },
    { host: 'shop', type: 'A', data: '198.51.100.150', ttl: 300 },
  ],
};

/** The zone example.co.uk at the BIND-like primary server. */
export const bindExample: ExampleZone = {
  apex: parseName('example.co.uk'),
  servers: bindServers.map(row => row.name),
  records: [
    { host: '@', type: 'A', data: '192.0.2.110', ttl: 3600 },
    { host: '@', type: 'MX', data: '10 mail.example.co.uk.', ttl: 3600 },
    { host: 'www', type: 'CNAME', data: 'example.co.uk.', ttl: 3600 },
    { host: 'mail', type: 'A', data: '192.0.2.125', ttl: 3600 },
    { host: 'printer', type: 'A', data: '192.0.2.130', ttl: 300 },
  ],
};

/** Zones that the BIND-like server has been given, empty, and that nothing leads to yet: UPDATE makes no zones. */
export const bindEmptyZones: readonly Name[] = ['lab.example.com', 'lab.example.uk'].map(parseName);

/** The zone example.uk at the PowerDNS-like server. */
export const powerdnsExample: ExampleZone = {
  apex: parseName('example.uk'),
  servers: powerdnsServers.map(row => row.name),
  records: [
    { host: '@', type: 'A', data: '203.0.113.110', ttl: 3600 },
    { host: '@', type: 'TXT', data: '"v=spf1 -all"', ttl: 3600 },
    { host: 'www', type: 'CNAME', data: 'example.uk.', ttl: 3600 },
    { host: 'shop', type: 'AAAA', data: '2001:db8:113::110', ttl: 300 },
  ],
};

/** The zone example.org at the Route 53-like host. */
export const route53Example: ExampleZone = {
  apex: parseName('example.org'),
  servers: route53Tlds.flatMap(tld =>
    route53Servers
      .filter(row => row.tld === tld)
      .slice(0, 1)
      .map(row => row.name),
  ),
  records: [
    { host: '@', type: 'A', data: '203.0.113.10', ttl: 300 },
    { host: '@', type: 'MX', data: '10 mail.example.org.', ttl: 300 },
    { host: '@', type: 'TXT', data: '"v=spf1 mx -all"', ttl: 300 },
    { host: 'www', type: 'CNAME', data: 'example.org.', ttl: 300 },
    { host: 'mail', type: 'A', data: '203.0.113.25', ttl: 300 },
    { host: '*.apps', type: 'A', data: '203.0.113.80', ttl: 60 },
    { host: 'status', type: 'AAAA', data: '2001:db8:113::80', ttl: 60 },
  ],
};

function server(name: string, address: string): ServerRow {
  return { name: parseName(name), address };
}

function route53Server(tld: Route53Tld, number: number): Route53Server {
  const group = String(Math.floor((number % 512) / 8)).padStart(2, '0');
  const zone = `awsdns-${group}.${tld}`;
  const row = server(`ns-${number}.${zone}`, `127.153.${number >> 8}.${number & 0xff}`);
  return { ...row, number, tld, zone: parseName(zone) };
}
