import type { Capabilities } from '../provider.ts';

/** What Porkbun can do. */
export const porkbunCapabilities: Capabilities = {
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
  zoneByHand: [
    'none: Porkbun has zones of registered domains only, so that a subdomain has to go to another host',
  ],
  atomicBatches: false,
  compareAndSet: false,
  seedsAtomically: false,
  writesWholeZone: false,
  allowsSameApex: false,
  sharesServers: false,
  minTtl: 600,
  maxTtl: 2_147_483_647,
  defaultNsTtl: 3600,
  maxRecords: null,
  visibleWithinMs: 60_000,
  types: ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SRV', 'SSHFP', 'TLSA', 'TXT'],
  notes: [
    'Each record is a row with a request of its own: new ones are added before old ones are removed, and what was broken off in between goes on. Nothing in the API compares, so the zone is read before and after.',
    'API access has to be switched on for each domain, in its details.',
    'There is no DS in zones, so a delegation from here cannot be secured.',
    'TXT is kept as plain text: empty text, text with a blank at its end or a quote at its beginning, and strings that are split elsewhere than after 255 octets cannot be written. A value of CAA has no blanks.',
    'What a row has as notes stays with it while only its TTL changes.',
    'Two requests a second are sent: above that the host fails to make records.',
    'URL forwarding is no record and is not looked at.',
    'Unchecked: whether a TTL below 600 s is refused or raised; how long a change takes until every server has it; HTTPS and SVCB, which are left to the console.',
  ],
  cautions: [
    'URL forwardings at Porkbun are not in its API of records: one at or below the cut ends with the delegation.',
  ],
};
