import { readFileSync } from 'node:fs';

/** One example of a page, as a module of its own. */
export interface Example {
  /** The heading above it, and how many examples came before under that heading. */
  readonly title: string;
  /** As it stands in the page. */
  readonly source: string;
  /** With each `// => value` and `// throws CODE` made a call of `shows` or `refuses`. */
  readonly program: string;
  /** How many of those there are. */
  readonly promises: number;
}

/** The examples of a page in Markdown: its fenced blocks of `ts`. */
export function examplesOf(file: string): readonly Example[] {
  const examples: Example[] = [];
  let heading = '';
  let block: string[] | null = null;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (block === null && line.startsWith('#')) heading = line.replace(/^#+ /, '');
    else if (line === '```ts') block = [];
    else if (line === '```' && block !== null) {
      const before = examples.filter(({ title }) => title.startsWith(`${heading}, `)).length;
      examples.push(exampleOf(`${heading}, ${before + 1}`, block));
      block = null;
    } else block?.push(line);
  }
  return examples;
}

function exampleOf(title: string, lines: readonly string[]): Example {
  const program = lines.map(programLine);
  const promises = program.filter((line, at) => line !== lines[at]).length;
  return { title, source: lines.join('\n'), program: program.join('\n'), promises };
}

/** A statement of one line whose comment says what it gives, as a line that checks it. */
function programLine(line: string): string {
  const shown = /^(\s*)(?:const (\w+)(?:: \w+)? = )?(.+?);\s*\/\/ => (.+)$/.exec(line);
  if (shown !== null) {
    const [, blank = '', name, expression = '', value = ''] = shown;
    return name === undefined
      ? `${blank}shows(${expression}, ${value});`
      : `${blank}const ${name} = ${expression}; shows(${name}, ${value});`;
  }
  const refused = /^(\s*)(.+?);\s*\/\/ throws (ZC_\w+)$/.exec(line);
  if (refused === null) return line;
  const [, blank = '', expression = '', code = ''] = refused;
  return `${blank}refuses(() => ${expression}, '${code}');`;
}
