import type { Name } from '../dns/name.ts';
import { formerServers } from '../engine/former.ts';
import { namesIn } from '../survey/beside.ts';
import type { CutFacts, FormerFacts } from '../survey/facts.ts';
import { askFormer, type FormerServer } from '../survey/former.ts';
import type { Context } from './context.ts';
import type { NsHosts } from './ns-hosts.ts';

/** The facts with what the servers say that the cut was delegated to: those of the journal, and those that `--former` names. */
export async function withFormer(context: Context, facts: CutFacts, byHand: NsHosts): Promise<CutFacts> {
  const former = await formerFacts(context, facts.cut, namesIn(facts), byHand);
  const packets = former.reduce((sum, { soa, ns }) => sum + soa.packets + ns.packets, 0);
  return former.length === 0 ? facts : { ...facts, former, queries: facts.queries + packets };
}

/** What former servers of `cut` say that are not among `current`. */
export async function formerFacts(
  { world, net, stateFolder, signal }: Context,
  cut: Name,
  current: readonly Name[],
  byHand: NsHosts,
): Promise<readonly FormerFacts[]> {
  const journaled = await formerServers(stateFolder, cut);
  const servers: readonly FormerServer[] = [
    ...byHand.map(({ name, addresses }): FormerServer => {
      const known = journaled.find(server => server.name === name);
      return known === undefined
        ? { name, addresses, run: null, untilMs: null }
        : { ...known, addresses: addresses.length > 0 ? addresses : known.addresses };
    }),
    ...journaled.filter(({ name }) => byHand.every(host => host.name !== name)),
  ];
  return await askFormer(
    world,
    net,
    cut,
    servers.filter(({ name }) => !current.includes(name)),
    signal,
  );
}
