import { ask } from './world.ts';

/** What `dig` says of one response. */
export interface Dug {
  readonly status: string;
  /** Such as `qr aa`, in the order of the header. */
  readonly flags: readonly string[];
  /** The line of the OPT record, such as `version: 0, flags: do; udp: 1232`; null without one. */
  readonly edns: string | null;
  /** EDNS options that came, as dig prints them. */
  readonly options: readonly string[];
  /** `owner TYPE data`, TTL and class left out. */
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  /** How the response came in the end. */
  readonly transport: string;
  readonly octets: number;
  /** What dig finds fault with. */
  readonly complaints: readonly string[];
}

/** Asks with `dig` once, and reads what it prints. Rejects when it gets no response. */
export async function dig(...args: readonly string[]): Promise<Dug> {
  return readDig(await ask('dig', '+nostats', '+stats', '+tries=1', '+time=30', ...args));
}

/** Reads the output of `dig` for one question. */
export function readDig(output: string): Dug {
  const lines = output.split('\n');
  return {
    status: field(output, /status: (\w+),/),
    flags: field(output, /^;; flags: ?([a-z ]*);/m)
      .split(' ')
      .filter(flag => flag !== ''),
    edns: /^; EDNS: (.*)$/m.exec(output)?.[1] ?? null,
    options: section(lines, ';; OPT PSEUDOSECTION:').slice(1),
    answer: section(lines, ';; ANSWER SECTION:').map(recordOf),
    authority: section(lines, ';; AUTHORITY SECTION:').map(recordOf),
    transport: field(output, /^;; SERVER: .*\((UDP|TCP)\)$/m),
    octets: Number(field(output, /^;; MSG SIZE {2}rcvd: (\d+)$/m)),
    complaints: lines.filter(
      line =>
        !line.includes('->>HEADER<<-') &&
        /warning|mismatch|bad|extra|unexpected|malformed|failed|expected/i.test(line),
    ),
  };
}

function field(output: string, pattern: RegExp): string {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) {
    throw new Error(`dig prints nothing like ${pattern}: ${output}`);
  }
  return found;
}

/** The lines below `title`, up to the next section. */
function section(lines: readonly string[], title: string): readonly string[] {
  const start = lines.indexOf(title);
  if (start === -1) {
    return [];
  }
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(line => line === '' || line.startsWith(';; '));
  return rest.slice(0, end === -1 ? rest.length : end);
}

function recordOf(line: string): string {
  const [owner = '', , , type = '', ...data] = line.split(/\s+/);
  return `${owner} ${type} ${data.join(' ')}`;
}
