import { rootName } from '../dns/name.ts';
import type { Level, TraceServer } from '../resolver/level.ts';
import type { Trace } from '../resolver/trace.ts';
import { isBad, saidText } from './trace-text.ts';

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
export function graphOf(trace: Trace): TraceGraph {
  const ends = new Map<string, GraphNode>();
  const edges: GraphEdge[] = [];
  const groups = trace.levels.map((level, depth): GraphGroup => {
    const nodes = level.servers.map((server, at) => {
      const node = nodeOf(server, `s${depth}_${at}`);
      edges.push(edgeOf(server, node.id, depth, trace, ends));
      return node;
    });
    return { id: groupId(depth), title: titleOf(level), agrees: level.agrees, nodes };
  });
  const { name, type } = trace.question;
  return { title: `${name} ${type}`, groups, ends: [...ends.values()], edges };
}

function titleOf(level: Level): string {
  return level.zone === rootName ? '. (root)' : level.zone;
}

function groupId(depth: number): string {
  return `z${depth}`;
}

function nodeOf(server: TraceServer, id: string): GraphNode {
  const time = server.rttMs === null ? [] : [`${server.rttMs.toFixed(1)} ms`];
  return {
    id,
    lines: [server.name, [server.address ?? 'no address', ...time].join(', ')],
    kind: isBad(server) ? 'bad' : 'good',
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
  const said = saidText(server);
  const end = ends.get(said) ?? {
    id: `e${ends.size}`,
    lines: said.split('; '),
    kind: isBad(server) ? 'bad' : 'end',
  };
  ends.set(said, end);
  return { from, to: end.id, toGroup: false, label: '' };
}
