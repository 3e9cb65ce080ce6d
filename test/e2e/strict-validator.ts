import { DnssecBudget } from '../../src/dns/dnssec-budget.ts';
import { verifyKeys, verifyRRset } from '../../src/dns/dnssec-verify.ts';
import { type Name, parentOf } from '../../src/dns/name.ts';
import { isType, type Rdata, type RRset } from '../../src/dns/rrset.ts';
import { askServer } from '../../src/resolver/query.ts';
import { createResolver } from '../../src/resolver/resolver.ts';
import type { Internet } from '../../src/sandbox/internet.ts';
import { askAuthoritative, atEachAddress, type Net } from '../../src/survey/ask.ts';
import { dsShown } from '../../src/survey/security.ts';
import { nodeWorld } from '../../src/world/node.ts';
import type { World } from '../../src/world/world.ts';

/** Milliseconds that a server may take on a machine that is busy. */
const patienceMs = 20_000;

/** What a strict validator saw. */
export interface StrictWatch {
  /** Ends the watch. `held` is how often a DS came out of the cache. */
  end(): Promise<{ readonly looks: number; readonly held: number; readonly misses: readonly string[] }>;
}

/**
 * Validators that never ask twice: each keeps the DS RRset of `cut` for its whole TTL, as it came, and holds `cut SOA` of a
 * server of the child against it. What they find bogus at any moment is a miss. `zonecut`'s own resolver asks again before
 * it calls something bogus; others do not. There are several, since each has asked at another moment.
 */
export function watchStrictly(internet: Internet, cut: Name, validators = 4): StrictWatch {
  const world = nodeWorld();
  const net: Net = {
    resolver: createResolver(world, { hints: internet.hints, port: internet.port }),
    port: internet.port,
    recursive: [],
  };
  const misses: string[] = [];
  const counts = { looks: 0, held: 0 };
  let over = false;
  const watching = Array.from({ length: validators }, async (_none, at) => {
    await world.clock.sleep(at * 150);
    let ds: readonly Rdata[] = [];
    let untilMs = 0;
    while (!over) {
      if (world.clock.elapsed() >= untilMs) {
        const found = await dsNow(world, net, cut);
        ds = found?.data ?? [];
        untilMs = world.clock.elapsed() + 1000 * (found?.ttl ?? 0);
      } else {
        counts.held += ds.length > 0 ? 1 : 0;
      }
      counts.looks += 1;
      const miss = ds.length === 0 ? null : await bogusBy(world, net, cut, ds);
      // A DS that expired while the servers were asked holds nothing against them.
      if (miss !== null && world.clock.elapsed() < untilMs) {
        misses.push(`validator ${at}, look ${counts.looks}: ${miss}`);
      }
      await world.clock.sleep(5);
    }
  });
  return {
    end: async () => {
      over = true;
      await Promise.all(watching);
      await world.close();
      return { ...counts, misses };
    },
  };
}

async function dsNow(world: World, net: Net, cut: Name): Promise<RRset | null> {
  const zone = await net.resolver.zoneOf(parentOf(cut) ?? cut, { cache: false });
  const [server] = zone.kind === 'failure' ? [] : atEachAddress(zone.servers);
  if (server === undefined) {
    return null;
  }
  const view = await askAuthoritative(world, net, server, cut, 'DS');
  return (dsShown(view) ?? []).length > 0 && view.answer.kind === 'answer' ? view.answer.rrset : null;
}

/** Why a validator that holds `ds` refuses what a server of the child says now; null when it does not, or nobody is asked. */
async function bogusBy(world: World, net: Net, cut: Name, ds: readonly Rdata[]): Promise<string | null> {
  const zone = await net.resolver.zoneOf(cut, { cache: false });
  if (zone.kind === 'failure' || zone.apex !== cut) {
    return null;
  }
  const [server] = atEachAddress(zone.servers);
  const [keys, soa] = await Promise.all([
    signedAt(world, net, server?.address ?? '', cut, 'DNSKEY'),
    signedAt(world, net, server?.address ?? '', cut, 'SOA'),
  ]);
  if (keys === null || soa === null || !isType(keys.rrset, 'DNSKEY')) {
    return 'no keys';
  }
  const options = { nowSeconds: world.clock.now() / 1000, budget: new DnssecBudget() };
  const byDs = verifyKeys(keys.rrset, keys.signatures, ds, options);
  const byKeys = verifyRRset(soa.rrset, soa.signatures, keys.rrset, options);
  return byDs.kind === 'secure' && byKeys.kind === 'secure' ? null : `keys ${byDs.kind}, SOA ${byKeys.kind}`;
}

async function signedAt(
  world: World,
  net: Net,
  address: string,
  name: Name,
  type: string,
): Promise<{ readonly rrset: RRset; readonly signatures: readonly Rdata[] } | null> {
  const { exchange } = await askServer(
    world,
    { address, port: net.port },
    { name, type },
    { dnssecOk: true, timeoutMs: patienceMs },
  );
  const records = exchange.kind === 'response' ? exchange.message.answer : [];
  const data = records.filter(record => record.type === type).map(record => record.data);
  const [first] = records.filter(record => record.type === type);
  const signatures = records.filter(record => record.type === 'RRSIG').map(record => record.data);
  return first === undefined ? null : { rrset: { owner: name, type, ttl: first.ttl, data }, signatures };
}
