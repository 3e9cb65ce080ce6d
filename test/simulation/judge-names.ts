import { childOf, isAtOrBelow, type Name, parseName } from '../../src/dns/name.ts';
import { type Probe, type Said, said, textOf } from './answers.ts';
import { type CachedEpoch, cachesOf, servedBy, serversOf } from './caches.ts';
import { lateLabel } from './case.ts';
import type { Epoch, Served } from './name-servers.ts';
import type { Story } from './story.ts';
import type { Violation } from './violation.ts';

/**
 * Whether every name that had users resolved at every moment, for every cache that can be: each server of the parent, and
 * each server that a cache leads to, has to know every name.
 */
export function judgeNames(story: Story): readonly Violation[] {
  const { cut } = story.told;
  const parents = serversOf(story.before, cut);
  const probes = [...probesOf(story), ...newProbesOf(story), ...lateProbesOf(story)];
  const found = new Map<string, Violation>();
  const report = (violation: Violation): void => {
    found.set(violation.text.replace(/^at \S+ /, ''), violation);
  };
  for (const { epoch, sets } of cachesOf(story)) {
    const used = probes.filter(probe => probe.sinceMs <= epoch.fromMs);
    judgeParents(epoch, parents, used, report);
    for (const server of new Set(sets.flatMap(set => set.servers))) {
      judgeServer(epoch, server, cut, used, report);
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
      const answers = parents.map(server => said(servedBy(epoch, server), cut, 'NS'));
      const seconds = answers.map(what => (what.kind === 'absent' ? what.ttlSeconds : 0));
      return epoch.fromMs > endMs || toMs > endMs ? 0 : toMs + 1000 * Math.max(0, ...seconds);
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
  parents: readonly Name[],
  probes: readonly Probe[],
  report: (violation: Violation) => void,
): void {
  for (const server of parents) {
    for (const probe of probes) {
      const what = said(servedBy(epoch, server), probe.name, probe.type);
      if (what.kind === 'absent' || what.kind === 'lame' || isWrong(what, probe)) {
        report({ kind: 'name', text: lineOf(epoch, server, probe, what) });
      }
    }
  }
}

/** A server that caches lead to has the zone, and all names in it. */
function judgeServer(
  epoch: Epoch,
  server: Name,
  cut: Name,
  probes: readonly Probe[],
  report: (violation: Violation) => void,
): void {
  const served = servedBy(epoch, server);
  const own = said(served, cut, 'NS');
  if (own.kind !== 'data') {
    const text = `at ${timeOf(epoch)} ${server} does not hold ${cut}, and caches lead to it (${own.kind})`;
    report({ kind: 'dangling', text });
    return;
  }
  for (const probe of probes) {
    const what = said(served, probe.name, probe.type);
    const leadsOn = what.kind === 'referral' && what.cut !== cut && isAtOrBelow(what.cut, cut);
    if (!leadsOn && (what.kind !== 'data' || isWrong(what, probe))) {
      report({ kind: 'name', text: lineOf(epoch, server, probe, what) });
    }
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

/** Everything that answered at and below the cut before, by its own name or by that of a wildcard. */
function probesOf(story: Story): readonly Probe[] {
  const { cut } = story.told;
  const own = story.before
    .filter(rrset => isAtOrBelow(rrset.owner, cut) && rrset.type !== 'NS')
    .map(rrset => ({ name: askedFor(rrset.owner), type: rrset.type }));
  // A name below the cut takes the cut and what is beside it away from a wildcard above (RFC 4592 section 2.2.2).
  const isAlone = story.told.edits.every(({ rrset }) => !isAtOrBelow(rrset.owner, cut));
  const names = isAlone ? [cut, childOf('any-user', cut)] : [];
  const covered = names.flatMap(name => ['A', 'AAAA', 'TXT', 'MX'].map(type => ({ name, type })));
  const begins = story.internet.nameServers.epochs.findLast(epoch => epoch.fromMs <= story.fromMs);
  const [server] = serversOf(story.before, cut);
  const asked = new Map([...own, ...covered].map(probe => [`${probe.name} ${probe.type}`, probe]));
  return [...asked.values()].flatMap(({ name, type }) => {
    const what =
      begins === undefined || server === undefined ? null : said(servedBy(begins, server), name, type);
    const later = story.internet.people.childEdits
      .filter(({ rrset }) => rrset.owner === name && rrset.type === type)
      .map(({ rrset }) => textOf(rrset.data));
    return what?.kind === 'data'
      ? [{ name, type, right: new Set([what.text, ...later]), sinceMs: story.fromMs }]
      : [];
  });
}

/**
 * What somebody put below the cut meanwhile, from when every server of the parent gave it.
 *
 * What they put there between the last look of zonecut and its writing has users when the child's servers give it, and the last of
 * the parent's gives it or leads there: no host writes a cut on condition that nothing else is new.
 */
export function newProbesOf(story: Story): readonly Probe[] {
  const { told, before, internet } = story;
  const { epochs } = internet.nameServers;
  const parents = serversOf(before, told.cut);
  const cutMs = epochs.find(epoch =>
    parents.some(server => isCut(servedBy(epoch, server), told.cut)),
  )?.fromMs;
  // The last look but one: the last is the one after the writing, when that is not yet visible.
  const lookMs = internet.people.looks.filter(ms => ms < (cutMs ?? 0)).at(-2) ?? 0;
  return internet.people.made
    .filter(({ rrset }) => isAtOrBelow(rrset.owner, told.cut))
    .flatMap(({ rrset, atMs }) => {
      const probe = { name: rrset.owner, type: rrset.type, right: new Set([textOf(rrset.data)]) };
      const isRaced = cutMs !== undefined && atMs > lookMs;
      const knows = (epoch: Epoch, servers: readonly Name[]): boolean =>
        servers.every(server => isRight(said(servedBy(epoch, server), probe.name, probe.type), probe.right));
      const leads = (epoch: Epoch, server: Name): boolean => isCut(servedBy(epoch, server), told.cut);
      const shown = epochs.find(epoch => epoch.fromMs >= atMs && knows(epoch, parents));
      const copied = [...cachesOf(story)].find(
        ({ epoch, sets }) =>
          epoch.fromMs >= atMs &&
          parents.every(server => leads(epoch, server) || knows(epoch, [server])) &&
          sets.length > 0 &&
          sets.every(({ servers }) => knows(epoch, servers)),
      );
      const since = isRaced && shown !== undefined ? copied?.epoch : shown;
      return since === undefined ? [] : [{ ...probe, sinceMs: since.fromMs }];
    });
}

/**
 * What somebody added to the child while it moved, from when every server that a cache can lead to gave it.
 *
 * What came between zonecut's last look at the old zone and the moment from which the new servers are asked counts from then on:
 * no host names others on condition that nothing else is new.
 */
function lateProbesOf(story: Story): readonly Probe[] {
  const { internet } = story;
  const caches = [...cachesOf(story)];
  return internet.people.childEdits
    .filter(({ rrset }) => rrset.owner.startsWith(lateLabel))
    .flatMap(({ rrset: { owner: name, type, data }, atMs }) => {
      const right = new Set([textOf(data)]);
      const isKnown = (cached: CachedEpoch): boolean =>
        askedIn(story, cached).every(server =>
          isRight(said(servedBy(cached.epoch, server), name, type), right),
        );
      const bothMs = moreAskedFrom(story, caches, atMs);
      const lookMs = internet.people.oldLooks.findLast(ms => ms < bothMs) ?? 0;
      const fromMs = atMs > lookMs ? Math.max(atMs, bothMs) : atMs;
      const known = caches.find(
        cached => cached.epoch.fromMs >= fromMs && cached.sets.length > 0 && isKnown(cached),
      );
      return known === undefined ? [] : [{ name, type, right, sinceMs: known.epoch.fromMs }];
    });
}

/** When, from `fromMs` on, a server is asked for the child that was not asked then. */
function moreAskedFrom(story: Story, caches: readonly CachedEpoch[], fromMs: number): number {
  const now = caches.findLast(({ epoch }) => epoch.fromMs <= fromMs);
  const known = new Set(now === undefined ? [] : askedIn(story, now));
  const next = caches.find(
    cached => cached.epoch.fromMs > fromMs && askedIn(story, cached).some(server => !known.has(server)),
  );
  return next?.epoch.fromMs ?? Number.POSITIVE_INFINITY;
}

/** The servers that give the child's names: those that caches lead to, and those of the parent that hold the child too. */
function askedIn({ before, told: { cut } }: Story, { epoch, sets }: CachedEpoch): readonly Name[] {
  return [
    ...sets.flatMap(({ servers }) => servers),
    ...serversOf(before, cut).filter(server => said(servedBy(epoch, server), cut, 'NS').kind === 'data'),
  ];
}

/** Whether a server of the parent shows the cut; one that serves the child too answers for it. */
function isCut(served: Served, cut: Name): boolean {
  const what = said(served, cut, 'NS');
  return (what.kind === 'referral' && what.cut === cut) || what.kind === 'data';
}

function askedFor(owner: Name): Name {
  return owner.startsWith('*.') ? parseName(`any-user${owner.slice(1)}`) : owner;
}
