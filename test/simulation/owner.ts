import { type Name, relativeTo } from '../../src/dns/name.ts';
import type { RRset, RRType } from '../../src/dns/rrset.ts';
import type { HostRow, NewRow } from '../../src/sandbox/namecheap/rows.ts';
import { dynExample, namecheapExample, route53Example } from '../../src/sandbox/topology.ts';
import type { SimulatedInternet } from './internet.ts';

/** The hosts of the simulation. */
export type HostId = 'route53' | 'namecheap' | 'dyn';

/** The zone that an account at each host has from the beginning. */
export const exampleApex: Readonly<Record<HostId, Name>> = {
  route53: route53Example.apex,
  namecheap: namecheapExample.apex,
  dyn: dynExample.apex,
};

/** The owner of an account, who edits a zone in the host's console. */
export interface Owner {
  /** Sets an RRset. */
  put(rrset: RRset): void;
  remove(owner: Name, type: RRType): void;
  /** What the zone holds now; empty when it is not there. */
  rrsets(): readonly RRset[];
}

/** The owner of zone `apex` at `host`. Of several zones of that name the newest is meant. */
export function ownerOf(internet: SimulatedInternet, host: HostId, apex: Name): Owner {
  switch (host) {
    case 'route53':
      return ownerAtRoute53(internet, apex);
    case 'namecheap':
      return ownerAtNamecheap(internet, apex);
    case 'dyn':
      return ownerAtDyn(internet, apex);
  }
}

function ownerAtRoute53({ accounts: { route53 } }: SimulatedInternet, apex: Name): Owner {
  const id = (): string => route53.zones().findLast(zone => zone.name === apex)?.id ?? '';
  return {
    put: rrset => route53.put(id(), rrset),
    remove: (owner, type) => route53.remove(id(), owner, type),
    rrsets: () => (id() === '' ? [] : route53.rrsets(id())),
  };
}

function ownerAtDyn({ accounts: { dyn } }: SimulatedInternet, apex: Name): Owner {
  return {
    put: rrset => dyn.put(apex, rrset),
    remove: (owner, type) =>
      dyn.edit(apex, records => records.filter(record => record.fqdn !== owner || record.type !== type)),
    rrsets: () => dyn.rrsets(apex),
  };
}

function ownerAtNamecheap({ accounts: { namecheap } }: SimulatedInternet, apex: Name): Owner {
  const domain = apex.slice(0, -1);
  const others = (rows: readonly HostRow[], owner: Name, type: RRType): readonly HostRow[] =>
    rows.filter(row => row.type !== type || row.name !== relativeTo(owner, apex));
  return {
    put: rrset =>
      namecheap.edit(domain, rows => [...others(rows, rrset.owner, rrset.type), ...rowsOf(rrset, apex)]),
    remove: (owner, type) => namecheap.edit(domain, rows => others(rows, owner, type)),
    rrsets: () => namecheap.rrsets(domain),
  };
}

/** An RRset as Namecheap's console has it: MX with its preference apart, TXT as plain text. */
function rowsOf({ owner, type, ttl, data }: RRset, apex: Name): readonly NewRow[] {
  const name = relativeTo(owner, apex);
  return data.map(text => {
    const [preference, exchange] = text.split(' ');
    return type === 'MX'
      ? { name, type, ttl, address: exchange ?? '', mxPref: Number(preference) }
      : { name, type, ttl, address: type === 'TXT' ? text.slice(1, -1) : text };
  });
}
