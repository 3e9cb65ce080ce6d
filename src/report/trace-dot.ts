import type { Trace } from '../resolver/trace.ts';
import type { TraceSecurity } from '../resolver/trace-security.ts';
import { type GraphGroup, type GraphNode, graphOf } from './trace-graph.ts';

const fills: Readonly<Record<GraphNode['kind'], string>> = {
  good: '#e8f5e9',
  bad: '#ffcdd2',
  end: '#e3f2fd',
};

/** A trace as a graph for Graphviz: `dot -Tsvg`. A box a zone; an arrow from each server to where it leads. */
export function traceDot(trace: Trace, security: TraceSecurity | null = null): string {
  const { title, groups, ends, edges } = graphOf(trace, security);
  const lines = [
    `digraph ${quoted([title])} {`,
    '  compound=true; rankdir=TB; fontname="sans-serif";',
    '  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=10];',
    '  edge [fontname="sans-serif", fontsize=9];',
    ...groups.flatMap(groupLines),
    ...ends.map(node => `  ${nodeLine(node)}`),
    ...edges.map(({ from, to, toGroup, label }) => {
      // An arrow to a box is one to something in it that is cut off at its border.
      const first = toGroup ? groups.find(({ id }) => id === to)?.nodes[0]?.id : to;
      const attributes = [
        ...(toGroup ? [`lhead=cluster_${to}`] : []),
        ...(label === '' ? [] : [`label=${quoted([label])}`]),
      ];
      return `  ${from} -> ${first ?? to}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`};`;
    }),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function groupLines(group: GraphGroup): readonly string[] {
  const colour = group.security === 'bogus' ? '#b71c1c' : group.agrees ? '#9e9e9e' : '#e65100';
  return [
    `  subgraph cluster_${group.id} {`,
    `    label=${quoted([group.title])}; color="${colour}"; style=rounded;`,
    ...group.nodes.map(node => `    ${nodeLine(node)}`),
    '  }',
  ];
}

function nodeLine({ id, lines, kind }: GraphNode): string {
  return `${id} [label=${quoted(lines)}, fillcolor="${fills[kind]}"];`;
}

/** A string of the DOT language, with a line break between `lines`. */
function quoted(lines: readonly string[]): string {
  return `"${lines.map(line => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"')).join('\\n')}"`;
}
