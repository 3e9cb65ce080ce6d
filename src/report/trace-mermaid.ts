import type { Trace } from '../resolver/trace.ts';
import type { TraceSecurity } from '../resolver/trace-security.ts';
import { type GraphNode, graphOf } from './trace-graph.ts';

/** A trace as a Mermaid flow chart, which many pages show as a picture. A box a zone; an arrow from each server to where it leads. */
export function traceMermaid(trace: Trace, security: TraceSecurity | null = null): string {
  const { groups, ends, edges } = graphOf(trace, security);
  const nodes = [...groups.flatMap(group => group.nodes), ...ends];
  const lines = [
    'flowchart TD',
    ...groups.flatMap(group => [
      `  subgraph ${group.id}[${quoted([group.title])}]`,
      ...group.nodes.map(node => `    ${node.id}[${quoted(node.lines)}]`),
      '  end',
    ]),
    ...ends.map(node => `  ${node.id}([${quoted(node.lines)}])`),
    ...edges.map(({ from, to, label }) => `  ${from} -->${label === '' ? '' : `|${quoted([label])}|`} ${to}`),
    '  classDef good fill:#e8f5e9,stroke:#9e9e9e,color:#000',
    '  classDef bad fill:#ffcdd2,stroke:#b71c1c,color:#000',
    '  classDef end_ fill:#e3f2fd,stroke:#9e9e9e,color:#000',
    ...classLines(nodes),
  ];
  return `${lines.join('\n')}\n`;
}

/** `end` is a word of Mermaid's own. */
const classNames: Readonly<Record<GraphNode['kind'], string>> = { good: 'good', bad: 'bad', end: 'end_' };

function classLines(nodes: readonly GraphNode[]): readonly string[] {
  const kinds = ['good', 'bad', 'end'] as const;
  return kinds.flatMap(kind => {
    const ids = nodes.filter(node => node.kind === kind).map(({ id }) => id);
    return ids.length === 0 ? [] : [`  class ${ids.join(',')} ${classNames[kind]}`];
  });
}

/** A text of Mermaid, with a line break between `lines`; what it could take for its own is written as a number. */
function quoted(lines: readonly string[]): string {
  return `"${lines.map(line => line.replace(/[^\w .:;,()/=+-]/gu, sign => `#${sign.codePointAt(0)};`)).join('<br/>')}"`;
}
