import { nameFromUser } from '../dns/idn.ts';
import { type Name, rootName } from '../dns/name.ts';
import { ZonecutError } from '../error.ts';
import { planDelegate } from '../plan/delegate.ts';
import type { Plan } from '../plan/plan.ts';
import { planUndelegate } from '../plan/undelegate.ts';
import { planUnsign } from '../plan/unsign.ts';
import { askAll, locate } from '../survey/ask.ts';
import { surveyCut } from '../survey/survey.ts';
import { nsShown } from '../survey/view.ts';
import { version } from '../version.ts';
import { checkRights, childHost, type OpenHosts, parentHost } from './accounts.ts';
import type { Context } from './context.ts';

/** Options of `delegate`, and of `plan` for a delegation. */
export interface DelegateFlags {
  readonly parent?: string;
  readonly child?: string;
  readonly ttl?: string;
  readonly zoneId?: string;
  readonly hide?: boolean;
  readonly sign?: boolean;
  readonly protect?: boolean;
}

/** Options of `undelegate`, and of `plan --undelegate`. */
export interface UndelegateFlags {
  readonly parent?: string;
  readonly child?: string;
  readonly keepZone?: boolean;
}

/** Options of `unsign`. */
export interface UnsignFlags {
  readonly parent?: string;
  readonly child?: string;
}

/** Lower-case letters and digits without those that look alike. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
const runLength = 8;

function newRun(context: Context): string {
  return Array.from(
    { length: runLength },
    () => alphabet[context.world.random.below(alphabet.length)] ?? 'a',
  ).join('');
}

/** Surveys both sides and plans the delegation of `text`. Nothing is changed. */
export async function makeDelegatePlan(
  context: Context,
  hosts: OpenHosts,
  text: string,
  flags: DelegateFlags,
): Promise<Plan> {
  const cut = cutFrom(text);
  const nsTtl = flags.ttl === undefined ? null : parseTtl(flags.ttl);
  const child = await childHost(hosts, flags.child);
  const parent = await parentHost(context, hosts, cut, flags.parent);
  const survey = await surveyCut(
    context.world,
    context.net,
    cut,
    { parent, child },
    { signal: context.signal },
  );
  const createZone = child.capabilities.createsZones && survey.child.zones.length === 0;
  await checkRights(context, parent, survey.parent.snapshot.zone, child, { createZone, cut });
  return planDelegate(survey, {
    run: newRun(context),
    madeBy: version,
    parent,
    child,
    nsTtl,
    hidden: flags.hide === true ? 'hide' : 'copy',
    childZoneId: flags.zoneId ?? null,
    ...(flags.sign === undefined ? {} : { sign: flags.sign }),
    ...(flags.protect === true ? { protect: 'lock' } : {}),
  });
}

/** Surveys both sides and plans the removal of the delegation of `text`. Nothing is changed. */
export async function makeUndelegatePlan(
  context: Context,
  hosts: OpenHosts,
  text: string,
  flags: UndelegateFlags,
): Promise<Plan> {
  const cut = cutFrom(text);
  const child = flags.child === undefined ? null : await hosts.open(flags.child);
  const parent = await parentHost(context, hosts, cut, flags.parent);
  // One after the other: a host may show what is staged to find out the rights.
  const survey = await surveyCut(
    context.world,
    context.net,
    cut,
    { parent, child },
    { signal: context.signal },
  );
  await checkRights(context, parent, survey.parent.snapshot.zone, child, { createZone: false, cut });
  const names = survey.parent.views.flatMap(view => nsShown(view.answer, cut)?.data ?? []);
  const { servers } = await locate(context.net, [...new Set(names)], context.signal);
  return planUndelegate(survey, {
    run: newRun(context),
    madeBy: version,
    parent,
    child: child === null ? null : { id: child.id, label: child.label },
    // A host that makes no zones deletes none: the zone stays, and nothing leads to it.
    zone: flags.keepZone === true || child?.capabilities.createsZones === false ? 'keep' : 'delete',
    childViews: await askAll(context.world, context.net, servers, cut, 'NS', context.signal),
  });
}

/** Surveys both sides and plans how the DNSSEC of `text` is taken away. Nothing is changed. */
export async function makeUnsignPlan(
  context: Context,
  hosts: OpenHosts,
  text: string,
  flags: UnsignFlags,
): Promise<Plan> {
  const { world, net, signal } = context;
  const cut = cutFrom(text);
  const child = flags.child === undefined ? null : await hosts.open(flags.child);
  const parent = await parentHost(context, hosts, cut, flags.parent);
  const survey = await surveyCut(world, net, cut, { parent, child }, { signal });
  await checkRights(context, parent, survey.parent.snapshot.zone, child, { createZone: false, cut });
  return planUnsign(survey, { run: newRun(context), madeBy: version, parent, child });
}

/** The name that a user typed, as a name that can be delegated. Throws ZC_NAME. */
export function cutFrom(text: string): Name {
  const cut = nameFromUser(text);
  const labels = cut.split('.').length - 1;
  if (cut === rootName || labels < 2) {
    throw new ZonecutError(
      'ZC_NAME',
      `"${text}" is ${cut === rootName ? 'the root' : 'a top-level domain'}, which is nobody's to delegate here`,
      {
        hint: 'Give the whole name, such as staging.example.com.',
      },
    );
  }
  if (cut.startsWith('*.')) {
    throw new ZonecutError(
      'ZC_NAME',
      `"${text}" is a wildcard, and NS records at a wildcard delegate nothing (RFC 4592 section 4.2)`,
      {
        hint: 'Delegate a name without the asterisk.',
      },
    );
  }
  return cut;
}

function parseTtl(text: string): number {
  const ttl = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(ttl >= 1 && ttl <= 0x7fffffff)) {
    throw new ZonecutError(
      'ZC_USAGE',
      `--ttl is "${text}", a TTL is a number of seconds from 1 to 2147483647 (RFC 2181 section 8)`,
      { hint: 'Give whole seconds, such as 3600, or leave --ttl out.' },
    );
  }
  return ttl;
}
