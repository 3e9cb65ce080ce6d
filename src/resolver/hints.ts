import { type Name, parseName, rootName } from '../dns/name.ts';
import { isType } from '../dns/rrset.ts';
import { parseZoneFile } from '../dns/zonefile.ts';
import { ZonecutError } from '../error.ts';

/** One root server and its addresses. */
export interface RootServer {
  readonly name: Name;
  readonly addresses: readonly string[];
}

/** Where resolution begins: the servers of the root zone (RFC 9609). */
export interface RootHints {
  readonly servers: readonly RootServer[];
}

/** The root servers of the public Internet. */
export const ianaRootHints: RootHints = {
  servers: [
    rootServer('a', '198.41.0.4', '2001:503:ba3e::2:30'),
    rootServer('b', '170.247.170.2', '2801:1b8:10::b'),
    rootServer('c', '192.33.4.12', '2001:500:2::c'),
    rootServer('d', '199.7.91.13', '2001:500:2d::d'),
    rootServer('e', '192.203.230.10', '2001:500:a8::e'),
    rootServer('f', '192.5.5.241', '2001:500:2f::f'),
    rootServer('g', '192.112.36.4', '2001:500:12::d0d'),
    rootServer('h', '198.97.190.53', '2001:500:1::53'),
    rootServer('i', '192.36.148.17', '2001:7fe::53'),
    rootServer('j', '192.58.128.30', '2001:503:c27::2:30'),
    rootServer('k', '193.0.14.129', '2001:7fd::1'),
    rootServer('l', '199.7.83.42', '2001:500:9f::42'),
    rootServer('m', '202.12.27.33', '2001:dc3::35'),
  ],
};

function rootServer(letter: string, ...addresses: readonly string[]): RootServer {
  return { name: parseName(`${letter}.root-servers.net`), addresses };
}

/**
 * The hints in `text`, a file of the form of IANA's named.root: NS records of the root and the addresses of their names.
 *
 * Throws ZC_ZONEFILE when a line cannot be read, or when no NS name of the root has an address.
 */
export function parseRootHints(text: string): RootHints {
  const { rrsets, problems } = parseZoneFile(text, { origin: rootName, defaultTtl: 3_600_000 });
  const [problem] = problems;
  if (problem !== undefined) {
    const { line, message } = problem;
    throw new ZonecutError('ZC_ZONEFILE', `the root hints cannot be read: line ${line}: ${message}`, {
      hint: 'A good file is https://www.internic.net/domain/named.root.',
    });
  }
  const names = rrsets.flatMap(rrset => (rrset.owner === rootName && isType(rrset, 'NS') ? rrset.data : []));
  const servers = names
    .map((name): RootServer => {
      const addresses = rrsets
        .filter(rrset => rrset.owner === name && (rrset.type === 'A' || rrset.type === 'AAAA'))
        .flatMap(rrset => rrset.data);
      return { name, addresses };
    })
    .filter(server => server.addresses.length > 0);
  if (servers.length === 0) {
    throw new ZonecutError('ZC_ZONEFILE', 'the root hints name no root server with an address', {
      hint: 'Hints need NS records of the root and an A or AAAA record of each name; a good file is https://www.internic.net/domain/named.root.',
    });
  }
  return { servers };
}
