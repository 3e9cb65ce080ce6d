import { rootName } from '../dns/name.ts';
import type { Level, TraceServer } from '../resolver/level.ts';
import type { Security } from '../resolver/security.ts';
import type { Trace } from '../resolver/trace.ts';
import type { TraceSecurity } from '../resolver/trace-security.ts';
import { isBad, saidText, usefulOpinions } from './trace-said.ts';
import { isJudged, securityText } from './trace-security-text.ts';

/** Something in the picture of a trace. */
export interface GraphNode {
  /** Letters, digits and `_`; unique in its graph. */
  readonly id: string;
  /** What stands in it, a line each. */
  readonly lines: readonly string[];
  /** `end`: what some server said in place of leading on. */
  readonly kind: 'good' | 'bad' | 'end';
}

/** The servers of one zone. */
export interface GraphGroup {
  readonly id: string;
  readonly title: string;
  readonly agrees: boolean;
  /** What DNSSEC says of the zone, in a word; null when it was not asked. */
  readonly security: Security['kind'] | null;
  readonly nodes: readonly GraphNode[];
}

/** From a server to the group or the end that it leads to. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly toGroup: boolean;
  readonly label: string;
}

/** A trace as a picture: a group a zone, and from each of its servers an arrow to where that server leads. */
export interface TraceGraph {
  readonly title: string;
  readonly groups: readonly GraphGroup[];
  readonly ends: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** The picture of `trace`; servers that say the same lead to the same place, so that others stand out. */
export function graphOf(trace: Trace, security: TraceSecurity | null = null): TraceGraph {
  const ends = new Map<string, GraphNode>();
  const edges: GraphEdge[] = [];
  const groups = trace.levels.map((level, depth): GraphGroup => {
    const zone = security !== null && isJudged(security) ? security.zones[depth] : undefined;
    const nodes = level.servers.map((server, at) => {
      const node = nodeOf(server, `s${depth}_${at}`, zone?.servers[at] ?? null);
      edges.push(edgeOf(server, node.id, depth, trace, ends));
      return node;
    });
    const kind = zone?.security.kind ?? null;
    return { id: groupId(depth), title: titleOf(level, kind), agrees: doAgree(level), security: kind, nodes };
  });
  const { name, type } = trace.question;
  return { title: `${name} ${type}`, groups, ends: [...ends.values()], edges };
}

/** Silence and failures are no other opinion: they stand at their server. */
function doAgree(level: Level): boolean {
  return usefulOpinions(level).length < 2;
}

function titleOf(level: Level, security: Security['kind'] | null): string {
  const remarks = [...(security === null ? [] : [security]), ...(doAgree(level) ? [] : ['they disagree'])];
  const title = level.zone === rootName ? '. (root)' : level.zone;
  return remarks.length === 0 ? title : `${title} (${remarks.join(', ')})`;
}

function groupId(depth: number): string {
  return `z${depth}`;
}

function nodeOf(server: TraceServer, id: string, security: Security | null): GraphNode {
  const time = server.rttMs === null ? [] : [`${server.rttMs.toFixed(1)} ms`];
  return {
    id,
    lines: [
      server.name,
      [server.address ?? 'no address', ...time].join(', '),
      ...(security?.kind === 'bogus' ? [securityText(security)] : []),
    ],
    kind: isBad(server) || security?.kind === 'bogus' ? 'bad' : 'good',
  };
}

function edgeOf(
  server: TraceServer,
  from: string,
  depth: number,
  trace: Trace,
  ends: Map<string, GraphNode>,
): GraphEdge {
  const next = trace.levels[depth + 1];
  const { referral } = server;
  if (next !== undefined && referral?.cut === next.zone) {
    return { from, to: groupId(depth + 1), toGroup: true, label: `ttl ${referral.ns.ttl}` };
  }
  const said = saidText(server, trace.levels[depth]?.zone ?? rootName);
  const end = ends.get(said) ?? {
    id: `e${ends.size}`,
    lines: said.split('; '),
    kind: isBad(server) ? 'bad' : 'end',
  };
  ends.set(said, end);
  return { from, to: end.id, toGroup: false, label: '' };
}
