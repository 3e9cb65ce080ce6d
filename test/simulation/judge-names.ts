import { isAtOrBelow, type Name, parseName } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { type Probe, type Said, said, textOf } from './answers.ts';
import type { Epoch } from './name-servers.ts';
import type { Story } from './story.ts';
import type { Violation } from './violation.ts';

/** A set of name servers that a cache somewhere goes by, and until when. */
interface Held {
  readonly servers: readonly Name[];
  untilMs: number;
}

/**
 * Whether every name that had users resolved at every moment, for every cache that can be.
 *
 * Not a sample of clients: a cache is what it was told and when. So of each epoch the sets of name servers are noted that
 * somebody can have been told in it, by the parent's servers or by a child's own, and until when they may be held; each
 * server of each set has to know every name for as long. (A child's set that is the parent's does not renew it: caches
 * since CVE-2012-1033 see to that.)
 */
export function judgeNames(story: Story): readonly Violation[] {
  const { told, internet } = story;
  const { cut } = told;
  const parents = serversOf(story.before, cut);
  const probes = [...probesOf(story), ...newProbesOf(story)];
  const held = new Map<string, Held>();
  const found = new Map<string, Violation>();
  const report = (violation: Violation): void => {
    found.set(violation.text.replace(/^at \S+ /, ''), violation);
  };
  const endMs = internet.clock.elapsed();
  const { epochs } = internet.nameServers;
  for (const [at, epoch] of epochs.entries()) {
    const toMs = epochs[at + 1]?.fromMs ?? endMs;
    if (toMs > story.fromMs) {
      const used = probes.filter(probe => probe.sinceMs <= epoch.fromMs);
      judgeParents(epoch, toMs, parents, cut, used, held, report);
      judgeHeld(epoch, toMs, cut, used, held, report);
    }
  }
  return [...found.values()];
}

/**
 * Whether a job that is done ended no earlier than the last cache can have let go of the answer that there is no
 * delegation. RFC 2308 section 5.
 */
export function judgeDeadlines(story: Story): readonly Violation[] {
  const { cut } = story.told;
  const { epochs } = story.internet.nameServers;
  const parents = serversOf(story.before, cut);
  return story.jobs.flatMap(({ job, end, endMs }): readonly Violation[] => {
    if (job !== 'delegate' || end !== 'finished') {
      return [];
    }
    const heldUntil = epochs.map((epoch, at) => {
      const toMs = epochs[at + 1]?.fromMs ?? endMs;
      const answers = parents.map(server => said(epoch.servers.get(server) ?? new Map(), cut, 'NS'));
      const seconds = answers.map(what => (what.kind === 'absent' ? what.ttlSeconds : 0));
      return toMs > endMs ? 0 : toMs + 1000 * Math.max(0, ...seconds);
    });
    const lastMs = Math.max(...heldUntil);
    return lastMs <= endMs
      ? []
      : [
          {
            kind: 'early',
            text: `a cache can hold the absence of ${cut} ${(lastMs - endMs) / 1000} s longer`,
          },
        ];
  });
}

function judgeParents(
  epoch: Epoch,
  toMs: number,
  parents: readonly Name[],
  cut: Name,
  probes: readonly Probe[],
  held: Map<string, Held>,
  report: (violation: Violation) => void,
): void {
  for (const server of parents) {
    const served = epoch.servers.get(server) ?? new Map();
    const referral = said(served, cut, 'NS');
    if (referral.kind === 'referral' && referral.cut === cut) {
      hold(held, referral.servers, toMs + 1000 * referral.ttlSeconds);
    }
    for (const probe of probes) {
      const what = said(served, probe.name, probe.type);
      if (what.kind === 'absent' || what.kind === 'lame' || isWrong(what, probe)) {
        report({ kind: 'name', text: lineOf(epoch, server, probe, what) });
      }
    }
  }
}

function judgeHeld(
  epoch: Epoch,
  toMs: number,
  cut: Name,
  probes: readonly Probe[],
  held: Map<string, Held>,
  report: (violation: Violation) => void,
): void {
  for (const set of [...held.values()]) {
    if (set.untilMs <= epoch.fromMs) {
      continue;
    }
    for (const server of set.servers) {
      const served = epoch.servers.get(server) ?? new Map();
      const own = said(served, cut, 'NS');
      if (own.kind !== 'data') {
        report({
          kind: 'dangling',
          text: `at ${timeOf(epoch)} ${server} does not hold ${cut}, and caches lead to it (${own.kind})`,
        });
        continue;
      }
      learn(epoch, toMs, cut, own.text, served, set, held);
      for (const probe of probes) {
        const what = said(served, probe.name, probe.type);
        const leadsOn = what.kind === 'referral' && what.cut !== cut && isAtOrBelow(what.cut, cut);
        if (!leadsOn && (what.kind !== 'data' || isWrong(what, probe))) {
          report({ kind: 'name', text: lineOf(epoch, server, probe, what) });
        }
      }
    }
  }
}

/** A child's own set of servers, where it is another than the one that led there, is held for its own TTL. */
function learn(
  epoch: Epoch,
  toMs: number,
  cut: Name,
  text: string,
  served: ReadonlyMap<Name, { readonly rrsets: readonly RRset[] }>,
  by: Held,
  held: Map<string, Held>,
): void {
  const servers = text.split(' | ').map(name => parseName(name));
  if (servers.join() === by.servers.join()) {
    return;
  }
  const ns = served.get(cut)?.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'NS');
  const lastMs = Math.min(toMs, by.untilMs);
  hold(held, servers, Math.max(lastMs, epoch.fromMs) + 1000 * (ns?.ttl ?? 0));
}

function hold(held: Map<string, Held>, servers: readonly Name[], untilMs: number): void {
  const key = servers.join();
  const before = held.get(key);
  if (before === undefined) {
    held.set(key, { servers, untilMs });
  } else {
    before.untilMs = Math.max(before.untilMs, untilMs);
  }
}

function isWrong(what: Said, { right }: Probe): boolean {
  return what.kind === 'data' && !isRight(what, right);
}

function isRight(what: Said, right: Probe['right']): boolean {
  return what.kind === 'data' && right.has(what.text);
}

function lineOf(epoch: Epoch, server: Name, probe: Probe, what: Said): string {
  const told = what.kind === 'data' ? `gives ${what.text}` : `says ${what.kind}`;
  return `at ${timeOf(epoch)} ${server} ${told} for ${probe.name} ${probe.type}`;
}

function timeOf(epoch: Epoch): string {
  return `${(epoch.fromMs / 1000).toFixed(1)}s`;
}

/** The name servers of the zone that `rrsets` are of. */
function serversOf(rrsets: readonly RRset[], cut: Name): readonly Name[] {
  const apexes = rrsets.filter(rrset => rrset.type === 'SOA' && isAtOrBelow(cut, rrset.owner));
  return rrsets
    .filter(rrset => rrset.type === 'NS' && apexes.some(soa => soa.owner === rrset.owner))
    .flatMap(rrset => rrset.data.map(name => parseName(name)));
}

/** Everything that answered at and below the cut before, and at the names of wildcards one name that they stand for. */
function probesOf(story: Story): readonly Probe[] {
  const { cut } = story.told;
  return story.before
    .filter(rrset => isAtOrBelow(rrset.owner, cut) && rrset.type !== 'NS')
    .map(rrset => ({
      name: askedFor(rrset.owner),
      type: rrset.type,
      right: new Set([textOf(rrset.data)]),
      sinceMs: story.fromMs,
    }));
}

/** What somebody put below the cut meanwhile, from when every server of the parent gave it. */
export function newProbesOf({ told, before, internet }: Story): readonly Probe[] {
  const parents = serversOf(before, told.cut);
  return internet.people.made
    .filter(({ rrset }) => isAtOrBelow(rrset.owner, told.cut))
    .flatMap(({ rrset, atMs }) => {
      const { owner: name, type } = rrset;
      const right = new Set([textOf(rrset.data)]);
      const shown = internet.nameServers.epochs.find(
        epoch =>
          epoch.fromMs >= atMs &&
          parents.every(server => isRight(said(epoch.servers.get(server) ?? new Map(), name, type), right)),
      );
      return shown === undefined ? [] : [{ name, type, right, sinceMs: shown.fromMs }];
    });
}

function askedFor(owner: Name): Name {
  return owner.startsWith('*.') ? parseName(`any-user${owner.slice(1)}`) : owner;
}
