import { describe, it } from 'vitest';
import type { Name } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { isZonecutError, messageOf } from '../../src/error.ts';
import type { HostedZone, Provider, RRsetChange } from '../../src/providers/provider.ts';
import { type Cost, costTitle, type HostCosts, keepCosts, sizes } from './cost-file.ts';
import type { FaultyRig } from './rig.ts';
import { name } from './rig.ts';

/** Milliseconds for one host; calls are real, waits are not. */
const timeoutMs = 600_000;

/** Counts the calls that delegations cost at an emulated host, and the time for which its limits make us wait. */
export function describeCost(title: string, open: () => Promise<FaultyRig>, folder: string): void {
  describe(title, () => {
    it(
      costTitle,
      async () => {
        const parent: Cost[] = [];
        const child: (Cost | null)[] = [];
        for (const size of sizes) {
          parent.push(await costOf(open, (provider, apex) => delegate(provider, apex, size)));
          child.push(await childCost(open, size));
        }
        const rig = await open();
        const { id } = rig.provider;
        await rig.close();
        const costs: HostCosts = { driver: id, parent, child };
        keepCosts(folder, costs);
      },
      timeoutMs,
    );
  });
}

/** What was done, and in how many pieces. */
interface Done {
  readonly count: number;
  readonly batch: number;
  readonly ended: string | null;
}

/** Calls of very many changes take an emulator longer than the tests wait. */
const patience = { ZONECUT_HTTP_TIMEOUT_MS: '60000', RFC2136_DNS_TIMEOUT: '60' };

async function costOf(
  open: () => Promise<FaultyRig>,
  work: (provider: Provider, apex: Name) => Promise<Done>,
): Promise<Cost> {
  const rig = await open();
  try {
    const provider = await rig.open(patience);
    const slept = rig.clock.slept();
    const done = await work(provider, rig.apex);
    return { ...done, calls: rig.faults.requests.length, seconds: (rig.clock.slept() - slept) / 1000 };
  } finally {
    await rig.close();
  }
}

/** Finds the zone and writes so many cuts into it, with as few writes as the host takes; as many cuts as fit. */
async function delegate(provider: Provider, apex: Name, size: number): Promise<Done> {
  const [zone] = await provider.findZones(apex);
  if (zone === undefined) throw new Error(`no zone ${apex}`);
  const { maxRecords } = provider.capabilities;
  // Two name servers each, and what is in the zone already.
  const count = maxRecords === null ? size : Math.min(size, Math.floor((maxRecords - 30) / 2));
  const cuts = Array.from({ length: count }, (_, at) => cut(apex, at));
  let batch = count;
  for (let at = 0; at < count; ) {
    if (await wrote(provider, zone, cuts.slice(at, at + batch))) at += batch;
    else batch = Math.ceil(batch / 2);
  }
  return { count, batch, ended: count < size ? `${maxRecords} records a zone` : null };
}

/** Makes changes in one call. False when the host does not take so many at once, and nothing was sent. */
async function wrote(
  provider: Provider,
  zone: HostedZone,
  changes: readonly RRsetChange[],
): Promise<boolean> {
  try {
    await provider.changeZone(zone, changes);
    return true;
  } catch (error) {
    if (changes.length > 1 && isZonecutError(error, 'ZC_PROVIDER_REFUSED', 'ZC_LIMIT', 'ZC_WIRE'))
      return false;
    throw error;
  }
}

async function childCost(open: () => Promise<FaultyRig>, size: number): Promise<Cost | null> {
  const rig = await open();
  const { createsZones } = rig.provider.capabilities;
  await rig.close();
  return createsZones ? await costOf(open, provider => create(provider, size)) : null;
}

/** Creates so many zones, or as many as the account takes. */
async function create(provider: Provider, size: number): Promise<Done> {
  for (let count = 0; count < size; count += 1) {
    try {
      await provider.createZone(name(`zone-${count}.example.test.`), { reference: `zonecut:${count}` });
    } catch (error) {
      if (!isZonecutError(error, 'ZC_PROVIDER_REFUSED', 'ZC_RIGHTS')) throw error;
      return { count, batch: 1, ended: messageOf(error) };
    }
  }
  return { count: size, batch: 1, ended: null };
}

function cut(apex: Name, at: number): RRsetChange {
  const to = rrsetOf(name(`cut-${at}.${apex}`), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
  return { owner: to.owner, type: 'NS', from: null, to };
}
