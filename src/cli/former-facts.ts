import { formerServers } from '../engine/former.ts';
import { namesIn } from '../survey/beside.ts';
import type { CutFacts } from '../survey/facts.ts';
import { askFormer, type FormerServer } from '../survey/former.ts';
import type { Context } from './context.ts';
import type { NsHosts } from './ns-hosts.ts';

/** The facts with what the servers say that the cut was delegated to: those of the journal, and those that `--former` names. */
export async function withFormer(
  { world, net, stateFolder, signal }: Context,
  facts: CutFacts,
  byHand: NsHosts,
): Promise<CutFacts> {
  const { cut } = facts;
  const current = namesIn(facts);
  const journaled = await formerServers(stateFolder, cut, facts.takenAtMs);
  const servers: readonly FormerServer[] = [
    ...byHand.map(({ name, addresses }): FormerServer => {
      const known = journaled.find(server => server.name === name);
      return known === undefined
        ? { name, addresses, run: null, held: false, untilMs: null }
        : { ...known, addresses: addresses.length > 0 ? addresses : known.addresses };
    }),
    ...journaled.filter(({ name }) => byHand.every(host => host.name !== name)),
  ];
  const old = servers.filter(({ name }) => !current.includes(name));
  const former = await askFormer(world, net, cut, old, signal);
  const packets = former.reduce((sum, { soa, ns }) => sum + soa.packets + ns.packets, 0);
  return former.length === 0 ? facts : { ...facts, former, queries: facts.queries + packets };
}
