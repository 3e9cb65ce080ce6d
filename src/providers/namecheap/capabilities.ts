import type { Capabilities } from '../provider.ts';

/** What Namecheap's DNS (BasicDNS, PremiumDNS) can do by its API. */
export const namecheapCapabilities: Capabilities = {
  delegates: true,
  writesDs: false,
  holdsOccluded: true,
  writesGlue: true,
  showsApex: false,
  writesApexNs: false,
  signs: false,
  addsForeignKeys: false,
  protects: false,
  createsZones: false,
  zoneByHand: [],
  atomicBatches: true,
  compareAndSet: false,
  seedsAtomically: false,
  writesWholeZone: true,
  allowsSameApex: false,
  sharesServers: false,
  minTtl: 60,
  maxTtl: 60_000,
  defaultNsTtl: 1800,
  maxRecords: 150,
  visibleWithinMs: 1_800_000,
  types: ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT'],
  notes: [
    'Every write sends all records of the domain: they are read before, read back after, and put back when one is missing.',
    'A zone with a record of Dynamic DNS, or with one that is switched off, is not written: the write would make it a plain one.',
    'A zone with Private Email or Google mail (EmailType OX or GMAIL) is not written: nobody documents whether its MX records survive.',
    'There is no DS by API: it is a manual step in the Domain List under Advanced DNS.',
    'NS at `@` and `*` is refused.',
    '20 requests a minute are allowed, and kept.',
  ],
  cautions: [
    'SRV records are invisible to the API of Namecheap, and nobody documents whether a write keeps them: if the domain has any, look for them in the DNS before and after.',
  ],
};
