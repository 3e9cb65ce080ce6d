import type { Name } from '../dns/name.ts';
import { isType } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import { planDelegate } from '../plan/delegate.ts';
import { rrsetsText } from '../plan/fit.ts';
import { rowsBelow } from '../plan/hidden.ts';
import type { Plan } from '../plan/plan.ts';
import { planUndelegate } from '../plan/undelegate.ts';
import { planUnsign } from '../plan/unsign.ts';
import { askAll, locate } from '../survey/ask.ts';
import { type CutSurvey, surveyCut } from '../survey/survey.ts';
import { nsShown, type View } from '../survey/view.ts';
import { version } from '../version.ts';
import { checkRights, childHost, hostServing, type OpenHosts, parentHost } from './accounts.ts';
import type { Context } from './context.ts';
import { cutFrom } from './cut-name.ts';

/** Options of `delegate`, and of `plan` for a delegation. */
export interface DelegateFlags {
  readonly parent?: string;
  readonly child?: string;
  readonly ttl?: string;
  readonly zoneId?: string;
  readonly hide?: boolean;
  /** `--remove-hidden` or `--keep-hidden`; neither is asked about. */
  readonly removeHidden?: boolean;
  readonly keepHidden?: boolean;
  readonly sign?: boolean;
  readonly protect?: boolean;
}

/** Options of `undelegate`, and of `plan --undelegate`. */
export interface UndelegateFlags {
  readonly parent?: string;
  readonly child?: string;
  readonly keepZone?: boolean;
  /** False with `--no-carry-back`. */
  readonly carryBack?: boolean;
}

/** Options of `unsign`. */
export interface UnsignFlags {
  readonly parent?: string;
  readonly child?: string;
}

/** Lower-case letters and digits without those that look alike. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
const runLength = 8;

/** An ID for a run. */
export function newRun(context: Pick<Context, 'world'>): string {
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
  const { config } = context;
  const nsTtl = flags.ttl === undefined ? (config.ttl ?? null) : parseTtl(flags.ttl);
  const sign = flags.sign ?? config.sign;
  const child = await childHost(hosts, flags.child ?? config.child);
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
    hiddenRows: await hiddenRows(context, survey, flags),
    records: [],
    undoes: null,
    ...(sign === undefined ? {} : { sign }),
    ...((flags.protect ?? config.protect) === true ? { protect: 'lock' } : {}),
  });
}

/** Whether rows that the cut hides go at the end: as the options say, else as the user says, else they stay. */
async function hiddenRows(
  context: Context,
  survey: CutSurvey,
  flags: DelegateFlags,
): Promise<'keep' | 'remove'> {
  const count = rowsBelow(survey).length;
  if (flags.removeHidden === true || flags.keepHidden === true || count === 0) {
    return flags.removeHidden === true ? 'remove' : 'keep';
  }
  if (context.options.yes === true || !context.terminal.canAsk) {
    return 'keep';
  }
  const question = `Remove ${rrsetsText(count)} that the cut hides from the parent when all is done?`;
  return (await context.terminal.confirm(question, '--remove-hidden')) ? 'remove' : 'keep';
}

/** Surveys both sides and plans the removal of the delegation of `text`. Nothing is changed. */
export async function makeUndelegatePlan(
  context: Context,
  hosts: OpenHosts,
  text: string,
  flags: UndelegateFlags,
): Promise<Plan> {
  const cut = cutFrom(text);
  const parent = await parentHost(context, hosts, cut, flags.parent);
  const named = flags.child === undefined ? null : await hosts.open(flags.child);
  const call = { signal: context.signal };
  // One after the other: a host may show what is staged to find out the rights.
  const first = await surveyCut(context.world, context.net, cut, { parent, child: named }, call);
  const names = delegatedTo(first);
  const child = named ?? (flags.carryBack === false ? null : await hostServing(context, hosts, cut, names));
  const survey =
    child === named ? first : await surveyCut(context.world, context.net, cut, { parent, child }, call);
  await checkRights(context, parent, survey.parent.snapshot.zone, child, { createZone: false, cut });
  const stays = named === null || flags.keepZone === true || !named.capabilities.createsZones;
  return planUndelegate(survey, {
    run: newRun(context),
    madeBy: version,
    parent,
    child,
    // A host that makes no zones deletes none: the zone stays, and nothing leads to it.
    zone: stays ? 'keep' : 'delete',
    names: flags.carryBack === false ? 'let-go' : 'carry-back',
    restored: [],
    undoes: null,
    childViews: await childViews(context, cut, names),
  });
}

/** The name servers that the parent's account or servers name for the cut. */
export function delegatedTo({ cut, parent }: CutSurvey): readonly Name[] {
  const rows = parent.snapshot.rrsets.filter(rrset => rrset.owner === cut && isType(rrset, 'NS'));
  const seen = parent.views.flatMap(view => nsShown(view.answer, cut) ?? []);
  return [...new Set([...rows, ...seen].flatMap(rrset => (isType(rrset, 'NS') ? rrset.data : [])))];
}

/** What each of the child's own servers says of `cut NS`. */
export async function childViews(
  context: Pick<Context, 'world' | 'net' | 'signal'>,
  cut: Name,
  names: readonly Name[],
): Promise<readonly View[]> {
  const { world, net, signal } = context;
  const { servers } = await locate(net, names, signal);
  return await askAll(world, net, servers, cut, 'NS', signal);
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

/** The TTL that a user typed. Throws ZC_USAGE. */
export function parseTtl(text: string): number {
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
