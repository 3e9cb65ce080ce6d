import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { addressesIn, inDomainOf } from '../plan/glue.ts';
import { atEachAddress, locate } from '../survey/ask.ts';
import type { Server } from '../survey/view.ts';
import { callOptions, providerOf, type Run } from './context.ts';

/** What the child's host has in the zone of `cut`: the one that the run made, or that the plan found. */
export async function childRecords(run: Run, cut: Name): Promise<readonly RRset[]> {
  const made = [...run.results.values()].find(result => result.zone !== undefined)?.zone;
  const provider = providerOf(run, 'child');
  const zone =
    made ?? run.state.plan.observed.childZone ?? (await provider.findZones(cut, callOptions(run)))[0];
  return zone === undefined ? [] : (await provider.readZone(zone, callOptions(run))).rrsets;
}

/**
 * Where the name servers `ns` of the child are, and those that have no address. A name server that lies in what is
 * delegated is where the child zone says, if an account holds that: before the cut is made the DNS does not lead there.
 */
export async function locateChild(
  run: Run,
  cut: Name,
  ns: readonly Name[],
): Promise<{ readonly servers: readonly Server[]; readonly lost: readonly Name[] }> {
  const { net, signal, providers } = run.options;
  const inDomain = inDomainOf(ns, cut);
  if (inDomain.length === 0 || providers.child === null) {
    return await locate(net, ns, signal);
  }
  const own = addressesIn(await childRecords(run, cut), inDomain);
  const known = inDomain.map(name => ({
    name,
    addresses: own.filter(rrset => rrset.owner === name).flatMap(rrset => rrset.data.map(String)),
  }));
  const others = await locate(
    net,
    ns.filter(name => !inDomain.includes(name)),
    signal,
  );
  return {
    servers: [...atEachAddress(known), ...others.servers],
    lost: [
      ...known.filter(({ addresses }) => addresses.length === 0).map(({ name }) => name),
      ...others.lost,
    ],
  };
}
