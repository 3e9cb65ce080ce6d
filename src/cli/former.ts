import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { CutFacts } from '../survey/facts.ts';
import type { Context } from './context.ts';
import type { NsHosts } from './ns-hosts.ts';

/**
 * The facts with what the servers say that the cut was delegated to, where somebody names them or there is a journal that may.
 *
 * Facts of a delegation that is judged before it exists have no past: there only those that are named count.
 */
export async function withFormerServers(
  context: Context,
  facts: CutFacts,
  byHand: NsHosts,
): Promise<CutFacts> {
  const runs = await readdir(path.join(context.stateFolder, 'runs')).catch(() => []);
  if (byHand.length === 0 && (facts.given !== null || runs.length === 0)) {
    return facts;
  }
  const { withFormer } = await import('./former-facts.ts');
  return await withFormer(context, facts, byHand);
}
