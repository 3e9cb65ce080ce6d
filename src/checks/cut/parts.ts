import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { unique } from '../../resolver/delegations.ts';
import type { CutFacts, Observation } from '../../survey/facts.ts';
import type { Server } from '../../survey/view.ts';
import type { Hit, Remedy, RemedyLine } from './finding.ts';
import { delegationNames, zoneNames } from './sets.ts';

/** Seconds that lines are proposed with where nothing tells a better TTL. */
const usualTtl = 3600;

/** A hit; `seen` is the evidence, and its servers are those that show it unless said otherwise. */
export function hit(
  text: string,
  remedy: Remedy,
  more: Partial<Pick<Hit, 'variant' | 'subject' | 'servers'>> & {
    readonly seen?: readonly Observation[];
  } = {},
): Hit {
  const { seen = [], servers = serversOf(seen), ...rest } = more;
  return { text, remedy, servers, evidence: seen, ...rest };
}

/** The servers of observations, each once. */
export function serversOf(seen: readonly Observation[]): readonly Server[] {
  const keys = new Set<string>();
  return seen
    .map(({ server }) => server)
    .filter(({ name, address }) => {
      const key = `${name} ${address}`;
      const isNew = !keys.has(key);
      keys.add(key);
      return isNew;
    });
}

/** A remedy of a sentence and, where there are any, lines. */
export function remedy(text: string, lines: Partial<Omit<Remedy, 'text'>> = {}): Remedy {
  return { text, parent: [], child: [], registrar: [], ...lines };
}

/** A line that has to come. */
export function add(owner: Name, type: string, data: string, ttl: number = usualTtl): RemedyLine {
  return { change: 'add', line: `${owner} ${ttl} IN ${type} ${data}` };
}

/** A line that has to go. */
export function remove(owner: Name, type: string, data: string, ttl: number = usualTtl): RemedyLine {
  return { change: 'remove', line: `${owner} ${ttl} IN ${type} ${data}` };
}

/** Each record of an RRset as a line that has to go. */
export function removeAll(rrset: RRset): readonly RemedyLine[] {
  return rrset.data.map(data => remove(rrset.owner, rrset.type, data, rrset.ttl));
}

/** `A` or `AAAA`. */
export function addressType(address: string): 'A' | 'AAAA' {
  return address.includes(':') ? 'AAAA' : 'A';
}

/** `name (address)`. */
export function serverText({ name, address }: Server): string {
  return name === null ? address : `${name} (${address})`;
}

/** Servers for people, each once: `ns1.example. (192.0.2.1), ns2.example. (192.0.2.2)`. */
export function serversText(servers: readonly Server[]): string {
  return unique(servers.map(serverText)).join(', ');
}

/** What to add for a name server on both sides when the cut needs one more. */
export function oneMore({ cut }: CutFacts): Omit<Remedy, 'text'> {
  const line: RemedyLine = { change: 'add', line: `${cut} ${usualTtl} IN NS <another name server>` };
  return { parent: [line], child: [line], registrar: [] };
}

/** `one`, `one and two`, or `one, two and three`. */
export function listText(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** What to do about a name server of the cut that does not serve it: its NS record goes on the sides that have it. */
export function dropServer(facts: CutFacts, name: Name): Omit<Remedy, 'text'> {
  const lines = [remove(facts.cut, 'NS', name)];
  return {
    parent: delegationNames(facts)?.includes(name) === true ? lines : [],
    child: zoneNames(facts)?.includes(name) === true ? lines : [],
    registrar: [],
  };
}
