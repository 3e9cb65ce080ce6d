import type { Fault } from './authority.ts';

/** What is wrong with the output of an audit of generated names, in sentences: what it missed, invented or told twice. */
export function judged(output: string, faultOf: (at: number) => Fault, names: number): readonly string[] {
  const wrong: string[] = [];
  const found = new Map<number, Set<string>>();
  let last = -1;
  for (const line of output.split('\n')) {
    if (line === '') continue;
    const parsed: { kind: string; name?: string; id?: string } = JSON.parse(line);
    if (parsed.kind === 'summary') continue;
    if (parsed.kind !== 'finding') wrong.push(line);
    const at = Number(/-(\d+)\./.exec(parsed.name ?? '')?.[1]);
    if (at < last) wrong.push(`${parsed.name} comes after number ${last}`);
    last = at;
    const ids = found.get(at) ?? new Set();
    ids.add(parsed.id ?? '');
    found.set(at, ids);
  }
  for (let at = 0; at < names; at += 1) {
    const { kind, expected, also = [] } = faultOf(at);
    const ids = found.get(at) ?? new Set();
    for (const id of expected)
      if (!ids.has(id)) wrong.push(`${kind}-${at}: missed ${id}, found ${[...ids].join(' ')}`);
    for (const id of ids) {
      if (!expected.includes(id) && !also.includes(id)) wrong.push(`${kind}-${at}: invented ${id}`);
    }
  }
  return wrong.slice(0, 100);
}
