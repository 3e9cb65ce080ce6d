import type { Name } from '../../src/dns/name.ts';
import { parseName } from '../../src/dns/name.ts';
import { isType, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import type { DelegateOptions } from '../../src/plan/delegate-options.ts';
import { namecheapCapabilities } from '../../src/providers/namecheap/capabilities.ts';
import type { HostedZone, ZoneSnapshot } from '../../src/providers/provider.ts';
import { route53Capabilities } from '../../src/providers/route53/capabilities.ts';
import type { CutSurvey } from '../../src/survey/survey.ts';
import type { Answer, View } from '../../src/survey/view.ts';

/** The cut of these surveys. */
export const cut: Name = parseName('staging.example.com');
/** The zone above it. */
export const apex: Name = parseName('example.com');

/** The SOA of the parent: its TTL, then its MINIMUM. */
export function soaWith(ttl: number, minimum: number): RRset {
  return rrsetOf(apex, 'SOA', ttl, `ns1.host.net. hostmaster.host.net. 1 43200 3600 604800 ${minimum}`);
}

/** A zone in an account. */
export function zoneAt(provider: string, id: string, of: Name, servers: readonly string[]): HostedZone {
  return { provider, id, apex: of, nameServers: servers.map(parseName), reference: null };
}

/** The servers of a zone `a`, `b` ... of the child's host. */
export function serversOf(letter: string): readonly string[] {
  return [1, 2].map(number => `ns${number}.${letter}.child.org.`);
}

/** A snapshot of `zone`. */
export function snapshotOf(zone: HostedZone, ...rrsets: readonly RRset[]): ZoneSnapshot {
  return { zone, rrsets, otherRows: [], digest: `digest of ${zone.id}` };
}

/** What a parent's server says of `cut NS`. */
export function viewOf(answer: Answer, server = 'ns1.host.net.'): View {
  return {
    server: { name: parseName(server), address: '192.0.2.1' },
    question: { name: cut, type: 'NS' },
    answer,
    rttMs: 1,
  };
}

/** A survey of a cut that nobody has made yet, with these RRsets in the parent. */
export function surveyWith(parentRRsets: readonly RRset[], changes: Partial<CutSurvey> = {}): CutSurvey {
  const ns = rrsetOf(apex, 'NS', 1800, 'ns1.host.net.', 'ns2.host.net.');
  if (!isType(ns, 'NS')) {
    throw new Error('an NS RRset is one');
  }
  const soa = soaWith(3601, 1801);
  const parent = zoneAt('namecheap', 'example.com', apex, ['ns1.host.net', 'ns2.host.net']);
  return {
    cut,
    takenAtMs: Date.UTC(2026, 10, 23),
    live: { apex, ns, servers: [{ name: parseName('ns1.host.net'), address: '192.0.2.1' }] },
    holder: apex,
    parent: {
      snapshot: snapshotOf(parent, ...parentRRsets),
      views: [viewOf({ kind: 'nxdomain', soa, authoritative: true })],
      soas: [soa],
    },
    child: { zones: [], snapshots: [] },
    security: { parent: null, ds: [], keys: [], signings: [] },
    ...changes,
  };
}

/** What the planner is told besides. */
export function optionsWith(changes: Partial<DelegateOptions> = {}): DelegateOptions {
  return {
    run: 'k7m2q9xw',
    madeBy: '0.0.0',
    parent: { id: 'namecheap', label: 'Namecheap (me)', capabilities: namecheapCapabilities },
    child: { id: 'route53', label: 'Route 53 (me)', capabilities: route53Capabilities },
    nsTtl: null,
    hidden: 'copy',
    childZoneId: null,
    hiddenRows: 'keep',
    records: [],
    undoes: null,
    ...changes,
  };
}
