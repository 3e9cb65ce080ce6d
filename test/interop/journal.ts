import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { textAt } from '../../src/providers/json.ts';

const timeoutMs = 120_000;

/** Resolves when the journal of a run on `cut` has an event of `kind` for `step`; looks every 2 ms. */
export async function journalShows(
  stateFolder: string,
  cut: string,
  kind: string,
  step: string,
): Promise<void> {
  const folder = path.join(stateFolder, 'runs');
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    const files = await readdir(folder).catch(() => []);
    // Beside the journals there are locks, which come and go.
    for (const file of files.filter(name => name.endsWith('.ndjson'))) {
      const text = await readFile(path.join(folder, file), 'utf8');
      if (text.includes(`"cut":"${cut}."`) && hasEvent(text, kind, step)) {
        return;
      }
    }
    await sleep(2);
  }
  throw new Error(`no journal shows ${kind} of ${step} after ${timeoutMs} ms`);
}

/** Waits; 0 and less only lets others run. */
export async function sleep(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, Math.max(0, ms)));
}

/** Waits until `condition` holds; for `patienceMs` at most. */
export async function waitUntil(condition: () => boolean, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!condition() && performance.now() < until) await sleep(20);
}

function hasEvent(text: string, kind: string, step: string): boolean {
  // The last line may be half written.
  const lines = text.split('\n').slice(0, -1);
  return lines.some(line => {
    const event: unknown = JSON.parse(line);
    return textAt(event, 'kind') === kind && textAt(event, 'step') === step;
  });
}
