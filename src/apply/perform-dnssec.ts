import { judgeKeys, keysText, wantedDs } from '../checks/keys.ts';
import type { Name } from '../dns/name.ts';
import { makeRRset, type Rdata, type RRset } from '../dns/rrset.ts';
import { printRRset } from '../dns/zonefile.ts';
import { invariant, ZonecutError } from '../error.ts';
import { contentDigest, ownRecords } from '../plan/fit.ts';
import type { ActionOf, DsSource, Step } from '../plan/plan.ts';
import type { HostedZone, Provider, ZoneSnapshot } from '../providers/provider.ts';
import { locate } from '../survey/ask.ts';
import { viewKeys } from '../survey/keys.ts';
import {
  callOptions,
  digestLeft,
  nsOfSource,
  type Performance,
  providerOf,
  type Run,
  zoneOfSource,
} from './context.ts';
import type { StepResult } from './journal.ts';
import { changeKeeping, keepWhole } from './kept-rows.ts';
import { patienceMs, pollUntil, type Round } from './poll.ts';

/** Milliseconds that a host is given to sign a zone, at least: keys are made and every server has to get them. */
const signingPatienceMs = 300_000;

/** Lets the host sign the zone and waits until it says that it does. */
export async function* performSignZone(run: Run, step: Step, action: ActionOf<'sign-zone'>): Performance {
  const provider = providerOf(run, 'child');
  const zone = zoneOfSource(run, action.zone);
  const { signZone, readSigning } = signerOf(provider);
  let signing = await signZone(zone, callOptions(run));
  yield* pollUntil(run, step, signingPatienceMs, async () => {
    signing = signing.state === 'signed' ? signing : await readSigning(zone, callOptions(run));
    return {
      done: signing.state === 'signed',
      text: `${provider.label} says that ${zone.apex} is ${signing.state}`,
      value: null,
    };
  });
  return { note: `${provider.label} signs ${zone.apex}` };
}

function signerOf(provider: Provider): Required<Pick<Provider, 'signZone' | 'readSigning'>> {
  const { signZone, readSigning } = provider;
  if (signZone === undefined || readSigning === undefined) {
    throw new ZonecutError('ZC_PROVIDER_REFUSED', `${provider.label} does not sign zones by API`);
  }
  return { signZone, readSigning };
}

/** What a zone's servers were found to serve. */
interface Proven {
  readonly ds: readonly Rdata[];
  readonly keys: string;
  readonly servers: number;
}

/** Every server of the child serves the same keys and valid signatures; leaves the DS that stand for the keys. */
export async function* performProveSigned(
  run: Run,
  step: Step,
  action: ActionOf<'prove-signed'>,
): Performance {
  const ns = nsOfSource(run, action.ns);
  const zone = action.zone === null ? null : zoneOfSource(run, action.zone);
  const limitMs = Math.max(
    signingPatienceMs,
    patienceMs(run.options.providers.child?.capabilities.visibleWithinMs),
  );
  const proven = yield* pollUntil(run, step, limitMs, () => askKeys(run, action.cut, ns, zone));
  invariant(proven !== null, 'a round that is done has found the keys');
  return {
    ns,
    ds: proven.ds,
    note: `${proven.servers} servers serve the same keys: ${proven.keys}`,
  };
}

async function askKeys(
  run: Run,
  cut: Name,
  ns: readonly Name[],
  zone: HostedZone | null,
): Promise<Round<Proven | null>> {
  const { world, options } = run;
  const { servers, lost } = await locate(options.net, ns, options.signal);
  const [missing] = lost;
  if (missing !== undefined) {
    return { done: false, text: `${missing} has no address`, value: null };
  }
  const views = await viewKeys(world, options.net, servers, cut, options.signal);
  const found = judgeKeys(views, cut, world.clock.now() / 1000);
  if (found.kind !== 'signed') {
    const text = found.kind === 'unsigned' ? `no server of ${cut} shows keys yet` : found.text;
    return { done: false, text, value: null };
  }
  const wanted = wantedDs(found, await toldByHost(run, zone));
  return wanted.kind === 'problem'
    ? { done: false, text: wanted.text, value: null }
    : {
        done: true,
        text: `all ${views.length} servers of ${cut} serve the same keys`,
        value: { ds: wanted.data, keys: keysText(found.keys), servers: views.length },
      };
}

/** The DS that the child's host says belong at the parent; none where it does not say. */
async function toldByHost(run: Run, zone: HostedZone | null): Promise<readonly Rdata[]> {
  const { child } = run.options.providers;
  return zone === null || child?.readSigning === undefined
    ? []
    : (await child.readSigning(zone, callOptions(run))).ds;
}

/** The DS data that `source` stands for. */
export function dsOfSource(run: Run, source: DsSource): readonly Rdata[] {
  const data = source.kind === 'known' ? source.data : (run.results.get(source.step)?.ds ?? []);
  invariant(data.length > 0, 'a DS RRset has data');
  return data;
}

/** The DS RRset of the cut that an action asks for; null for none. */
export function dsRRset(run: Run, cut: Name, ttl: number, source: DsSource | null): RRset<'DS'> | null {
  return source === null ? null : makeRRset(cut, 'DS', ttl, dsOfSource(run, source));
}

/**
 * Writes or removes the DS records of the cut at the parent. DS of keys are written only when the servers serve these keys at
 * this moment.
 */
export async function performChangeDs(
  run: Run,
  step: Step,
  action: ActionOf<'change-ds'>,
): Promise<StepResult> {
  const { parent } = run.options.providers;
  const to = dsRRset(run, action.cut, action.to?.ttl ?? 0, action.to?.ds ?? null);
  if (action.to?.ds.kind === 'of-keys') {
    await refuseOtherKeys(run, action.cut, action.to.ds.step);
  }
  const change = { owner: action.cut, type: 'DS', from: action.from, to } as const;
  const lost = await changeKeeping(run, step, parent, action.zone, [change]);
  return to === null
    ? {
        note: `the DS records of ${action.cut} are gone from ${action.zone.apex}, all else is as before${lost}`,
      }
    : { ds: to.data, note: `written and read back: ${printRRset(to).trim().replaceAll(/\s+/g, ' ')}${lost}` };
}

/**
 * Throws ZC_STEP_FAILED unless the servers serve the keys that step `proofStep` proved. Between the proof and the writing a crash
 * and days can lie: a DS of keys that are gone would break the name.
 */
export async function refuseOtherKeys(run: Run, cut: Name, proofStep: string): Promise<void> {
  const proof = run.state.plan.steps.find(({ id }) => id === proofStep);
  if (proof?.action.do !== 'prove-signed') {
    return;
  }
  const ns = nsOfSource(run, proof.action.ns);
  const zone = proof.action.zone === null ? null : zoneOfSource(run, proof.action.zone);
  const { text, value } = await askKeys(run, cut, ns, zone);
  const proven = run.results.get(proofStep)?.ds ?? [];
  if (value === null || [...value.ds].join() !== [...proven].join()) {
    throw new ZonecutError(
      'ZC_STEP_FAILED',
      `the keys of ${cut} are not those that were proven before: ${value === null ? text : value.ds.join(' | ')}`,
      { hint: `The parent was not touched. \`zonecut delegate ${cut} --sign\` plans again.` },
    );
  }
}

/** Takes keys and signatures away at the host; leaves the digest that the zone has then. */
export async function performUnsignZone(
  run: Run,
  step: Step,
  action: ActionOf<'unsign-zone'>,
): Promise<StepResult> {
  const provider = providerOf(run, action.side);
  if (provider.unsignZone === undefined) {
    throw new ZonecutError('ZC_PROVIDER_REFUSED', `${provider.label} does not unsign zones by API`);
  }
  // In a move both zones were written since: what counts is what users see, as it was when both were last compared.
  const digestOf = (zone: ZoneSnapshot): string =>
    action.side === 'old' ? contentDigest(ownRecords(zone)) : zone.digest;
  const before = await provider.readZone(action.zone, callOptions(run));
  const isAsPlanned = digestOf(before) === (digestLeft(run) ?? action.digest);
  if (!(await keepWhole(run, step, before, isAsPlanned))) {
    throw new ZonecutError(
      'ZC_PLAN_STALE',
      `the zone ${action.zone.apex} changed since the plan was made, and its keys were left`,
      { hint: 'Its DS is gone, so nothing breaks. Plan again.' },
    );
  }
  await provider.unsignZone(action.zone, callOptions(run));
  const after = await provider.readZone(action.zone, callOptions(run));
  return { digest: digestOf(after), note: `${provider.label} signs ${action.zone.apex} no more` };
}

/** Locks or unlocks RRsets at the parent's host. */
export async function performProtection(
  run: Run,
  action: ActionOf<'protect' | 'unprotect'>,
): Promise<StepResult> {
  const { parent } = run.options.providers;
  const call = action.do === 'protect' ? parent.protect : parent.unprotect;
  if (call === undefined) {
    throw new ZonecutError('ZC_PROVIDER_REFUSED', `${parent.label} locks no records`);
  }
  await call(action.zone, action.rrsets, callOptions(run));
  const rows = action.rrsets.map(({ owner, type }) => `${owner} ${type}`).join(', ');
  return { note: `${rows} ${action.do === 'protect' ? 'locked' : 'unlocked'}` };
}
