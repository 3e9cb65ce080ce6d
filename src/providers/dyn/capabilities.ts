import type { Capabilities } from '../provider.ts';

/** What Dyn Managed DNS can do. */
export const dynCapabilities: Capabilities = {
  delegates: true,
  writesDs: true,
  writesApexNs: false,
  signs: false,
  addsForeignKeys: false,
  protects: false,
  createsZones: true,
  atomicBatches: true,
  compareAndSet: false,
  seedsAtomically: true,
  writesWholeZone: false,
  allowsSameApex: false,
  sharesServers: true,
  minTtl: 1,
  maxTtl: 2_147_483_647,
  defaultNsTtl: 3600,
  maxRecords: null,
  visibleWithinMs: 60_000,
  types: ['A', 'AAAA', 'CAA', 'CNAME', 'DS', 'MX', 'NS', 'PTR', 'SRV', 'TXT'],
  notes: [
    'Oracle has announced the end of Dyn Managed DNS; its successor is OCI DNS.',
    'Changes are staged in a session and published together; two sessions must not work on one zone at once.',
    'A new zone may be served by the servers of its parent: its records are published together with it.',
    'Whether DS of the algorithms 8 and above is taken is not documented.',
    'The apex NS of a zone (`*.dynect.net`) cannot be changed.',
  ],
  cautions: [],
};
