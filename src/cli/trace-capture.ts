import { readFile, writeFile } from 'node:fs/promises';
import { messageOf, ZonecutError } from '../error.ts';
import type { RootHints } from '../resolver/hints.ts';
import type { Wanted } from '../resolver/scrub.ts';
import type { ViaAnswer } from '../survey/via.ts';
import type { CapturedExchange } from '../world/capture.ts';

/** All that was said during a trace, so that it can be judged again without a network. */
export interface TraceCapture {
  readonly schema: 'zonecut/trace-capture/v1';
  /** When it began, RFC 3339. */
  readonly at: string;
  readonly question: Wanted;
  readonly hints: RootHints;
  /** What signatures were judged from, DS records as lines of a zone file; empty when they were not asked for. */
  readonly trustAnchors: string;
  /** The port of every server. */
  readonly port: number;
  readonly tookMs: number;
  /** In the order in which they ended. */
  readonly exchanges: readonly CapturedExchange[];
  readonly via: readonly ViaAnswer[];
}

/** Writes a capture, an exchange a line. Throws ZC_USAGE when the file cannot be written. */
export async function saveCapture(file: string, capture: TraceCapture): Promise<void> {
  const { exchanges, ...head } = capture;
  const lines = exchanges.map(exchange => `    ${JSON.stringify(exchange)}`).join(',\n');
  const text = `${JSON.stringify(head, null, 2).replace(/\n\}$/, '')},\n  "exchanges": [\n${lines}\n  ]\n}\n`;
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new ZonecutError('ZC_USAGE', `--save ${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/** Reads what `saveCapture` wrote. Throws ZC_USAGE for anything else. */
export async function readCapture(file: string): Promise<TraceCapture> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ZonecutError('ZC_USAGE', `--from ${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const capture = parsed(text);
  if (capture === null) {
    throw new ZonecutError('ZC_USAGE', `${file} is no capture of a trace that this version reads`, {
      hint: 'Captures are made by `zonecut trace NAME --save FILE`.',
    });
  }
  return capture;
}

function parsed(text: string): TraceCapture | null {
  try {
    const value = JSON.parse(text) as Partial<TraceCapture> | null;
    const isCapture =
      value?.schema === 'zonecut/trace-capture/v1' &&
      typeof value.question?.name === 'string' &&
      typeof value.question.type === 'string' &&
      typeof value.port === 'number' &&
      Array.isArray(value.exchanges) &&
      Array.isArray(value.hints?.servers) &&
      Array.isArray(value.via);
    return isCapture ? ({ trustAnchors: '', ...value } as TraceCapture) : null;
  } catch {
    return null;
  }
}
