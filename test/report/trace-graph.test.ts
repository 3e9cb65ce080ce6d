import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { traceDot } from '../../src/report/trace-dot.ts';
import { graphOf } from '../../src/report/trace-graph.ts';
import { traceMermaid } from '../../src/report/trace-mermaid.ts';
import { type Trace, traceName } from '../../src/resolver/trace.ts';
import { type SimPlan, simulate, withServers } from '../resolver/sim.ts';
import { story } from '../resolver/story.ts';

async function trace(name: string, type = 'A', plan: SimPlan = story): Promise<Trace> {
  const sim = simulate(plan);
  return await sim.clock.run(
    traceName(sim.world, { name: parseName(name), type }, { hints: sim.hints, timeoutMs: 100 }),
  );
}

describe('the picture of a trace', () => {
  it('has a group a zone, and leads from each server to the next zone or to what it said', async () => {
    const { title, groups, ends, edges } = graphOf(await trace('www.example.com'));
    expect(title).toBe('www.example.com. A');
    expect(groups.map(group => [group.title, group.nodes.map(node => node.lines)])).toEqual([
      ['. (root)', [['r0.root.', '192.0.2.1, 10.0 ms']]],
      ['com.', [['a.gtld.net.', '192.0.2.2, 10.0 ms']]],
      [
        'example.com.',
        [
          ['ns1.host.net.', '192.0.2.10, 10.0 ms'],
          ['ns2.host.net.', '192.0.2.11, 10.0 ms'],
        ],
      ],
    ]);
    expect(ends).toEqual([{ id: 'e0', kind: 'end', lines: ['answer: A 198.51.100.1'] }]);
    expect(edges.map(({ from, to, label }) => `${from} ${to} ${label}`)).toEqual([
      's0_0 z1 ttl 172800',
      's1_0 z2 ttl 86400',
      's2_0 e0 ',
      's2_1 e0 ',
    ]);
  });

  it('gives servers that say something else, or nothing, an end of their own', async () => {
    const plan = withServers(story, {
      '192.0.2.11': { fault: 'silent' },
    });
    const { ends, edges, groups } = graphOf(await trace('www.example.com', 'A', plan));
    expect(ends.map(({ kind, lines }) => `${kind} ${lines.join()}`)).toEqual([
      'end answer: A 198.51.100.1',
      'bad no answer within 0.3 s, asked 2 times',
    ]);
    expect(edges.slice(-2).map(({ to }) => to)).toEqual(['e0', 'e1']);
    expect(groups.at(-1)?.nodes.map(({ kind }) => kind)).toEqual(['good', 'bad']);
  });
});

describe('traceDot', () => {
  it('writes what Graphviz reads', async () => {
    expect(traceDot(await trace('www.inside.com'))).toBe(`digraph "www.inside.com. A" {
  compound=true; rankdir=TB; fontname="sans-serif";
  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=10];
  edge [fontname="sans-serif", fontsize=9];
  subgraph cluster_z0 {
    label=". (root)"; color="#9e9e9e"; style=rounded;
    s0_0 [label="r0.root.\\n192.0.2.1, 10.0 ms", fillcolor="#e8f5e9"];
  }
  subgraph cluster_z1 {
    label="com."; color="#9e9e9e"; style=rounded;
    s1_0 [label="a.gtld.net.\\n192.0.2.2, 10.0 ms", fillcolor="#e8f5e9"];
  }
  subgraph cluster_z2 {
    label="inside.com."; color="#9e9e9e"; style=rounded;
    s2_0 [label="ns.inside.com.\\n192.0.2.20, 10.0 ms", fillcolor="#e8f5e9"];
  }
  e0 [label="answer: A 198.51.100.8", fillcolor="#e3f2fd"];
  s0_0 -> s1_0 [lhead=cluster_z1, label="ttl 172800"];
  s1_0 -> s2_0 [lhead=cluster_z2, label="ttl 86400"];
  s2_0 -> e0;
}
`);
  });

  it('keeps quotes and backslashes of data inside of its strings', async () => {
    const text = traceDot(await trace('quoted.inside.com', 'TXT', quotedStory));
    expect(text).toContain('label="answer: TXT \\"a\\\\\\"b <c> #d\\""');
  });
});

describe('traceMermaid', () => {
  it('writes what Mermaid reads', async () => {
    expect(traceMermaid(await trace('www.inside.com'))).toBe(`flowchart TD
  subgraph z0[". (root)"]
    s0_0["r0.root.<br/>192.0.2.1, 10.0 ms"]
  end
  subgraph z1["com."]
    s1_0["a.gtld.net.<br/>192.0.2.2, 10.0 ms"]
  end
  subgraph z2["inside.com."]
    s2_0["ns.inside.com.<br/>192.0.2.20, 10.0 ms"]
  end
  e0(["answer: A 198.51.100.8"])
  s0_0 -->|"ttl 172800"| z1
  s1_0 -->|"ttl 86400"| z2
  s2_0 --> e0
  classDef good fill:#e8f5e9,stroke:#9e9e9e,color:#000
  classDef bad fill:#ffcdd2,stroke:#b71c1c,color:#000
  classDef end_ fill:#e3f2fd,stroke:#9e9e9e,color:#000
  class s0_0,s1_0,s2_0 good
  class e0 end_
`);
  });

  it('writes what it could take for its own as numbers', async () => {
    const text = traceMermaid(await trace('quoted.inside.com', 'TXT', quotedStory));
    expect(text).toContain('e0(["answer: TXT #34;a#92;#34;b #60;c#62; #35;d#34;"])');
  });
});

const quotedStory: SimPlan = {
  ...story,
  zones: {
    ...story.zones,
    'inside.com': '@ NS ns\nns A 192.0.2.20\nquoted TXT "a\\"b <c> #d"',
  },
};
