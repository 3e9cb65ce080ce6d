import { describe, expect } from 'vitest';
import type { Name } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { ErrorCode } from '../../src/error.ts';
import { ZonecutError } from '../../src/error.ts';
import type { HostedZone, Provider, RRsetChange } from '../../src/providers/provider.ts';
import type { HttpResponse } from '../../src/world/world.ts';
import { type Check, inapplicable, partly } from './record.ts';
import type { FaultyRig, Rig } from './rig.ts';
import { lines, name } from './rig.ts';

/** What can be wrong with what a host is given, or be in the way at the host. */
export const badInputs = [
  'a wrong key',
  'no right to write',
  'an unknown zone',
  'a zone that is locked or read-only',
  'a quota that is reached',
  'a host that cannot be reached',
  'clocks that are apart',
  'another account that holds the zone',
] as const;

export type BadInput = (typeof badInputs)[number];

/** What a driver makes of one of them. */
export type BadCase<R extends Rig> =
  /** One clear line, and nothing is changed. */
  | (Situation<R> & { readonly kind: 'refused'; readonly code: ErrorCode; readonly says: RegExp })
  /** The driver copes with it. */
  | (Situation<R> & { readonly kind: 'mended' })
  /** There is no such thing at this host, or nothing that could be tried; says why. */
  | { readonly kind: 'absent'; readonly why: string };

/** How a host is brought into it. */
export interface Situation<R extends Rig> {
  /** A rig of its own; the suite's unless given. */
  readonly open?: () => Promise<R>;
  /** Makes it so; gives the provider that is to meet it where that is not the rig's own. */
  readonly arrange?: (rig: R, zone: HostedZone) => Provider | Promise<Provider> | void | Promise<void>;
  /** The zone that is to be written, where it is not the one of the rig. */
  readonly zone?: (zone: HostedZone) => HostedZone;
  /** What is asked for; NS at `staging` unless given. */
  readonly changes?: (apex: Name) => readonly RRsetChange[];
  /** Creates a zone in place of a change. */
  readonly creates?: boolean;
}

/** All of them, for one driver. */
export type BadInputs<R extends Rig> = Readonly<Record<BadInput, BadCase<R>>>;

/** One clear line of that code. */
export function refused<R extends Rig>(
  code: ErrorCode,
  says: RegExp,
  situation: Situation<R> = {},
): BadCase<R> {
  return { kind: 'refused', code, says, ...situation };
}

/** What does not exist at this host. */
export function absent<R extends Rig>(why: string): BadCase<R> {
  return { kind: 'absent', why };
}

/** The host of a rig is not there. */
export const unreachable: BadCase<FaultyRig> = refused('ZC_PROVIDER_UNAVAILABLE', /cannot be reached/, {
  arrange: rig => rig.openUnreachable(),
});

/** Variables that hold another key. */
export function otherKey(environment: Readonly<Record<string, string>>, says: RegExp): BadCase<FaultyRig> {
  return refused('ZC_CREDENTIALS', says, { arrange: rig => rig.open(environment) });
}

/** The host answers so to an operation, each time. */
export function answering(
  operation: string,
  answer: HttpResponse,
): NonNullable<Situation<FaultyRig>['arrange']> {
  return rig =>
    rig.faults.inject({ api: rig.api, operation, kind: 'refuse', answer, times: Number.POSITIVE_INFINITY });
}

/** A zone of that name, at hosts whose numbers of zones are their names. */
export function zoneNamed(apex: string): (zone: HostedZone) => HostedZone {
  return zone => ({
    ...zone,
    apex: name(apex),
    id: zone.id.endsWith('.') ? apex : apex.slice(0, -1),
  });
}

/** Why nothing is tried with clocks that are apart, at most hosts. */
export const noClock: BadCase<FaultyRig> = absent('requests hold a key and no time');

/** A zone that somebody may ask to be created. */
const newApex = name('staging.example.test.');

/** Tries all of them over a driver. */
export function describeBadInput<R extends Rig>(
  title: string,
  open: () => Promise<R>,
  bad: BadInputs<R>,
  check: Check,
): void {
  describe(`${title} says what is wrong`, () => {
    for (const input of badInputs) {
      const badCase = bad[input];
      check(`has one clear line for ${input}, and changes nothing`, async () => {
        if (badCase.kind === 'absent') return inapplicable(badCase.why);
        const rig = await (badCase.open ?? open)();
        try {
          await meet(rig, badCase);
        } finally {
          await rig.close();
        }
        return badCase.kind === 'mended' ? partly('the driver copes with it') : undefined;
      });
    }
  });
}

async function meet<R extends Rig>(rig: R, badCase: Exclude<BadCase<R>, { kind: 'absent' }>): Promise<void> {
  const apexes = [rig.apex, newApex];
  let before = await served(rig, apexes);
  const work = async (): Promise<void> => {
    const [found] = await rig.provider.findZones(rig.apex);
    if (found === undefined) throw new Error(`no zone ${rig.apex}`);
    const provider = (await badCase.arrange?.(rig, found)) ?? rig.provider;
    const zone = badCase.zone?.(found) ?? found;
    apexes.push(zone.apex);
    before = await served(rig, apexes);
    if (badCase.creates === true) await provider.createZone(newApex, { reference: 'zonecut:1' });
    else await provider.changeZone(zone, badCase.changes?.(zone.apex) ?? [staging(zone.apex)]);
  };
  if (badCase.kind === 'mended') return await work();
  const error: unknown = await work().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ZonecutError);
  if (!(error instanceof ZonecutError)) return;
  expect([error.code, error.message]).toEqual([badCase.code, expect.stringMatching(badCase.says)]);
  // What was found, in one line, and what to do about it.
  expect(error.message).toMatch(/^[^\n]{10,400}$/);
  expect(error.hint).toMatch(/^[A-Z][\s\S]+\.$/);
  expect(await served(rig, apexes)).toEqual(before);
}

async function served(rig: Rig, apexes: readonly Name[]): Promise<readonly string[]> {
  return (
    await Promise.all(
      // The serial counts up where a part was written and taken back.
      apexes.map(async apex => lines((await rig.served(apex)).filter(set => set.type !== 'SOA'))),
    )
  ).flat();
}

function staging(apex: Name): RRsetChange {
  const to = rrsetOf(name(`staging.${apex}`), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.');
  return { owner: to.owner, type: 'NS', from: null, to };
}
