import { printRRset } from '../dns/zonefile.ts';
import { invariant, ZonecutError } from '../error.ts';
import type { ActionOf, Step } from '../plan/plan.ts';
import type { HostedZone } from '../providers/provider.ts';
import {
  type ApplyEvent,
  callOptions,
  nameServersOf,
  type Performance,
  providerOf,
  type Run,
} from './context.ts';
import type { StepResult } from './journal.ts';
import { dsRRset } from './perform-dnssec.ts';
import type { Round } from './poll.ts';
import { askDs } from './prove-dnssec.ts';

/** Milliseconds that a process waits for something that is done by hand: a day. The run itself stays open. */
const manualPatienceMs = 86_400_000;
/** Milliseconds between two looks while something is done by hand. */
const manualPauseMs = 10_000;

/** Shows what a person has to do at the parent's host, and looks at the parent's servers until it is done. */
export async function* performManual(run: Run, step: Step, action: ActionOf<'manual'>): Performance {
  const { cut, zone, ds } = action.goal;
  const wanted = dsRRset(run, cut, action.ttl, ds);
  const rows = wanted === null ? '' : printRRset(wanted);
  const { text } = yield* waitForPerson(run, step, { ...action, rows }, () => askDs(run, zone, cut, wanted));
  return { ...(wanted === null ? {} : { ds: wanted.data }), note: text };
}

/** Shows how the zone is made at a host that makes none by API, and looks into the account until it is there. */
export async function* performZoneByHand(
  run: Run,
  step: Step,
  action: ActionOf<'zone-by-hand'>,
): Performance {
  const look = (): Promise<Round<Required<Pick<StepResult, 'zone' | 'ns'>> | null>> =>
    lookForZone(run, action);
  const { text, value } = yield* waitForPerson(run, step, { ...action, rows: '' }, look);
  invariant(value !== null, 'a zone that is found is there');
  return { ...value, note: text };
}

async function lookForZone(
  run: Run,
  { apex, foreign }: ActionOf<'zone-by-hand'>,
): Promise<Round<Required<Pick<StepResult, 'zone' | 'ns'>> | null>> {
  const provider = providerOf(run, 'child');
  const zones: readonly HostedZone[] = await provider.findZones(apex, callOptions(run));
  const [zone, second] = zones;
  if (zone === undefined) {
    return { done: false, text: `${provider.label} has no zone ${apex} yet`, value: null };
  }
  if (second !== undefined) {
    return {
      done: false,
      text: `${provider.label} has ${zones.length} zones ${apex}, one too many`,
      value: null,
    };
  }
  const ns = await nameServersOf(run, provider, zone);
  const strange = ns.filter(server => foreign.includes(server));
  if (ns.length === 0 || strange.length > 0) {
    const what =
      ns.length === 0 ? 'no name servers' : `${strange.join(' ')}, which the zone that moves names too`;
    return { done: false, text: `the zone ${apex} at ${provider.label} names ${what}`, value: null };
  }
  return { done: true, text: `zone ${zone.id} with ${ns.join(' ')}`, value: { zone, ns } };
}

/** Shows what a person has to do until `look` finds it done. Throws ZC_PENDING when it is not after a day. */
async function* waitForPerson<T>(
  run: Run,
  step: Step,
  {
    where,
    instructions,
    rows,
  }: Pick<Extract<ApplyEvent, { kind: 'manual' }>, 'where' | 'instructions' | 'rows'>,
  look: () => Promise<Round<T>>,
): AsyncGenerator<ApplyEvent, Round<T>> {
  const { clock } = run.world;
  const begun = clock.elapsed();
  let shown = false;
  let said = '';
  for (;;) {
    const round = await look();
    if (round.done) {
      return round;
    }
    if (!shown) {
      shown = true;
      yield { kind: 'manual', step, where, instructions, rows };
    }
    if (round.text !== said) {
      said = round.text;
      yield { kind: 'progress', step, text: `waiting for you: ${round.text}` };
    }
    if (clock.elapsed() - begun + manualPauseMs > manualPatienceMs) {
      throw new ZonecutError('ZC_PENDING', `not done yet: ${round.text}`, {
        hint: `Nothing is lost; \`zonecut resume ${run.state.plan.run}\` looks again.`,
      });
    }
    await clock.sleep(manualPauseMs, run.options.signal);
  }
}
