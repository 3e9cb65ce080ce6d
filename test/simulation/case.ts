import { type Name, parseNameAt } from '../../src/dns/name.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { type FaultKind, requestFaultKinds } from '../../src/sandbox/faults.ts';
import { Chance } from './chance.ts';
import type { Conditions } from './internet.ts';
import { exampleApex, type HostId } from './owner.ts';

/** What a case does to its cut, one after the other. */
export type Job = 'delegate' | 'adopt' | 'unsign' | 'move' | 'undelegate' | 'undo';

/** How the names begin that somebody adds to a zone while it moves. */
export const lateLabel = 'late';

/** An edit that somebody makes in a host's console while zonecut is at work. */
export interface Edit {
  /** Milliseconds after the run began. */
  readonly afterMs: number;
  readonly rrset: RRset;
}

/** Requests that go wrong: from the one after `skip` on, `times` of them. */
export interface Trouble {
  readonly kind: FaultKind;
  readonly skip: number;
  readonly times: number;
}

/** A process that dies: at an event of the journal, before or after it is durable, or at a moment. */
export type Crash =
  | { readonly kind: 'event'; readonly event: number; readonly durable: boolean }
  | { readonly kind: 'moment'; readonly afterMs: number };

/** One simulated story, wholly made from its seed. */
export interface Case {
  readonly seed: number;
  readonly conditions: Conditions;
  /** What becomes of the rows that the cut hides, when nobody sees them any more. */
  readonly hiddenRows: 'keep' | 'remove';
  /** Whether the child shall be signed. */
  readonly sign: boolean;
  readonly parent: HostId;
  readonly child: HostId;
  /** The host that the child moves to, if it moves. */
  readonly moveTo: HostId;
  readonly cut: Name;
  /** What the owner has at and below the cut before. */
  readonly hidden: readonly RRset[];
  readonly jobs: readonly Job[];
  readonly edits: readonly Edit[];
  /** Edits of the child while it moves, from the moment at which that is planned. */
  readonly childEdits: readonly Edit[];
  readonly troubles: readonly Trouble[];
  /** Writings of the parent's zone in which the host loses one of the rows. */
  readonly losses: number;
  /** The processes of the first job die like this, one after the other; the one after these lives. */
  readonly crashes: readonly Crash[];
  /** Set where the last of the jobs is `undo`, which takes back the one before it. */
  readonly undo: Undo | null;
}

/** How the first job is taken back. */
export interface Undo {
  /** What is taken back. */
  readonly job: 'delegate' | 'move';
  /** Whether nobody goes on with that job once the last of its processes that are to die is dead. */
  readonly halfway: boolean;
  /** How the processes of that job die where it is not the first one. */
  readonly before: readonly Crash[];
  /** The processes of the way back die like this. */
  readonly crashes: readonly Crash[];
}

const ttls = [60, 300, 600, 1799, 3600];
const negativeTtls = [null, 60, 300, 900, 3600, 10_800, 86_400];
const delegationTtls = [null, 60, 300, 1800, 3600, 86_400, 172_800];

/** The case of `seed`. */
export function caseOf(seed: number): Case {
  const chance = new Chance(seed);
  const parent = chance.one<HostId>(['namecheap', 'namecheap', 'dyn', 'route53']);
  const child = chance.one<HostId>(['route53', 'dyn']);
  const labels = [
    'staging',
    'api',
    'office',
    'dev',
    'eu.prod',
    ...(parent === 'route53' ? ['team.apps'] : []),
  ];
  const cut = parseNameAt(chance.one(labels), exampleApex[parent]);
  const calm = chance.happens(0.3);
  const conditions = conditionsOf(chance);
  // The zone at Dyn is not signed, and Dyn signs none.
  const sign = conditions.signed && parent !== 'dyn' && child === 'route53';
  const undo = undoOf(new Chance(seed, 9), calm, !sign);
  const hidden = recordsBelow(chance, cut);
  return {
    seed,
    conditions,
    sign,
    parent,
    child,
    moveTo: child === 'dyn' ? 'route53' : 'dyn',
    cut,
    hidden,
    hiddenRows: chance.one(['keep', 'remove']),
    jobs:
      undo === null
        ? withAdoption(new Chance(seed, 11), jobsOf(chance, sign))
        : ['delegate', ...(undo.job === 'move' ? (['move'] as const) : []), 'undo'],
    undo,
    edits: calm ? [] : editsOf(chance, exampleApex[parent], cut),
    childEdits: calm ? [] : childEditsOf(new Chance(seed, 10), cut, hidden),
    troubles: calm ? [] : Array.from({ length: chance.below(5) }, () => troubleOf(chance)),
    losses: calm || parent !== 'namecheap' ? 0 : chance.one([0, 0, 1]),
    crashes: calm ? [] : Array.from({ length: chance.below(5) }, () => crashOf(chance)),
  };
}

function jobsOf(chance: Chance, sign: boolean): readonly Job[] {
  const unsigned = !sign || chance.happens(0.3);
  return [
    'delegate',
    ...(sign && unsigned ? (['unsign'] as const) : []),
    ...(unsigned && chance.happens(0.4) ? (['move'] as const) : []),
    ...(chance.happens(0.5) ? (['undelegate'] as const) : []),
  ];
}

/** Now and then somebody has changed the delegation by hand in between. */
function withAdoption(chance: Chance, [first, ...more]: readonly Job[]): readonly Job[] {
  return first === undefined ? more : [first, ...(chance.happens(0.2) ? (['adopt'] as const) : []), ...more];
}

/** Some take back what they began, or what they left halfway. */
function undoOf(chance: Chance, calm: boolean, moves: boolean): Undo | null {
  const crashes = (): readonly Crash[] =>
    calm ? [] : Array.from({ length: chance.below(3) }, () => crashOf(chance));
  return chance.happens(0.2)
    ? {
        halfway: chance.happens(0.7),
        crashes: crashes(),
        job: moves && chance.happens(0.4) ? 'move' : 'delegate',
        before: crashes(),
      }
    : null;
}

function conditionsOf(chance: Chance): Conditions {
  return {
    signed: chance.happens(0.4),
    resolvers: chance.happens(0.25),
    times: {
      negativeTtlSeconds: chance.one(negativeTtls),
      delegationTtlSeconds: chance.one(delegationTtls),
      visibilityDelayMs: 0,
    },
    lag: { delayMs: chance.one([0, 0, 500, 5000]), spreadMs: chance.one([0, 1000, 8000]) },
    loss: chance.one([0, 0, 0.02, 0.1]),
    farMs: chance.one([10, 80, 250]),
    slowMs: chance.one([20, 200, 1500]),
  };
}

/** RRsets at and below `cut`, as owners have them: each name has one kind of data or several, or an alias. */
function recordsBelow(chance: Chance, cut: Name): readonly RRset[] {
  if (chance.happens(0.2)) {
    return [];
  }
  const labels = ['@', 'www', 'api.v2', '_dmarc', 'a.b.c', 'mail', '*', '*.apps', 'x'];
  const names = labels.filter(() => chance.happens(0.4)).map(label => parseNameAt(label, cut));
  return names.flatMap(owner => {
    const ttl = chance.one(ttls);
    const number = chance.between(1, 254);
    if (owner !== cut && chance.happens(0.15)) {
      return [rrsetOf(owner, 'CNAME', ttl, `www.example.${chance.one(['com', 'net', 'org'])}.`)];
    }
    const kinds: readonly RRset[] = [
      rrsetOf(owner, 'A', ttl, `192.0.2.${number}`),
      rrsetOf(owner, 'AAAA', ttl, `2001:db8::${number}`),
      rrsetOf(owner, 'TXT', ttl, `"number ${number}"`),
      rrsetOf(owner, 'MX', ttl, `10 mail${number}.example.net.`),
    ];
    const some = kinds.filter(() => chance.happens(0.5));
    return some.length > 0 ? some : kinds.slice(0, 1);
  });
}

/** Somebody works on the parent's zone: new names, also below the cut, and new data at names of before. */
function editsOf(chance: Chance, apex: Name, cut: Name): readonly Edit[] {
  return Array.from({ length: chance.below(4) }, (_, at) => {
    const below = chance.happens(0.3);
    const owner = below
      ? parseNameAt(`human${at}`, cut)
      : parseNameAt(chance.one([`human${at}`, '@', `mail${at}`, `deep.human${at}`]), apex);
    const rrset =
      owner === apex
        ? rrsetOf(owner, 'A', chance.one(ttls), `198.51.100.${chance.between(1, 254)}`)
        : rrsetOf(owner, 'TXT', chance.one(ttls), `"edit ${at}"`);
    return { afterMs: chance.below(20_000), rrset };
  });
}

/** Somebody works on the child: a new name, or other data at one of before; soon, or in the long waits of a move. */
function childEditsOf(chance: Chance, cut: Name, hidden: readonly RRset[]): readonly Edit[] {
  const known = hidden.filter(({ owner, type }) => type === 'A' && !owner.startsWith('*.'));
  return Array.from({ length: chance.one([0, 0, 1, 1, 2, 3]) }, (_, at) => {
    const old = known.length > 0 && chance.happens(0.4) ? chance.one(known) : null;
    const rrset =
      old === null
        ? rrsetOf(parseNameAt(`${lateLabel}${at}`, cut), 'TXT', chance.one(ttls), `"late edit ${at}"`)
        : rrsetOf(old.owner, 'A', old.ttl, `203.0.113.${chance.between(1, 254)}`);
    return { afterMs: chance.below(chance.one([20_000, 600_000, 7_200_000, 86_400_000])), rrset };
  });
}

function troubleOf(chance: Chance): Trouble {
  return { kind: chance.one(requestFaultKinds), skip: chance.below(25), times: chance.between(1, 3) };
}

function crashOf(chance: Chance): Crash {
  return chance.happens(0.7)
    ? { kind: 'event', event: chance.below(20), durable: chance.happens(0.5) }
    : { kind: 'moment', afterMs: chance.below(60_000) };
}
