import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resumeRun, startRun } from '../../src/apply/apply.ts';
import type { ApplyOptions } from '../../src/apply/context.ts';
import type { Journal, JournalEvent } from '../../src/apply/journal.ts';
import { openHosts, openParties } from '../../src/cli/accounts.ts';
import { type Context, contextOf } from '../../src/cli/context.ts';
import { makeDelegatePlan, makeUndelegatePlan, makeUnsignPlan } from '../../src/cli/planning.ts';
import { parseName } from '../../src/dns/name.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Box, openBox } from '../e2e/box.ts';
import { hurriedClock } from '../e2e/hurry.ts';

/** Thrown by a journal in the place of a power cut. */
class PowerCut extends Error {}

const flags = { child: 'route53', parent: 'route53', ttl: '1' };

let box: Box;
let context: Context;
beforeEach(async () => {
  box = await openBox({}, 'none', { signed: true });
  const opened = await contextOf({ yes: true }, box.environment, new AbortController().signal);
  const { world } = opened;
  context = { ...opened, world: { ...world, clock: hurriedClock(world.clock) } };
});
afterEach(async () => {
  await context.close();
  await box.close();
});

/** A journal in memory, and one cut short: the `cutAt`-th event (from 0) is the first that is not followed by anything. */
function journalOf(events: JournalEvent[], cutAt: number, when: 'before' | 'after'): Journal {
  return {
    events,
    append: async event => {
      const isLast = events.length === cutAt;
      if (isLast && when === 'before') {
        throw new PowerCut();
      }
      events.push(event);
      if (isLast) {
        throw new PowerCut();
      }
    },
  };
}

/** Applies `plan` with a power cut at one event, then goes on; gives all events. */
async function applyCut(
  plan: Plan,
  cutAt: number,
  when: 'before' | 'after',
): Promise<readonly JournalEvent[]> {
  const hosts = openHosts(context);
  const events: JournalEvent[] = [];
  const options = async (journal: Journal): Promise<ApplyOptions> => ({
    net: context.net,
    providers: await openParties(hosts, plan.parties),
    journal,
    until: 'deadline',
    confirmRows: async () => true,
  });
  try {
    await drain(startRun(context.world, plan, await options(journalOf(events, cutAt, when))));
  } catch (error) {
    if (!(error instanceof PowerCut)) {
      throw error;
    }
    const whole = await options(journalOf(events, Number.POSITIVE_INFINITY, 'after'));
    await drain(events.length === 0 ? startRun(context.world, plan, whole) : resumeRun(context.world, whole));
  } finally {
    await hosts.closeAll();
  }
  return events;
}

async function drain(events: AsyncGenerator<unknown, void>): Promise<void> {
  for await (const _event of events) {
    // What happens is in the journal.
  }
}

function held(name: string): readonly string[] {
  const { route53 } = box.internet.hosts;
  const id = route53.zones().find(zone => zone.name === parseName('example.org'))?.id ?? '';
  return route53
    .rrsets(id)
    .filter(({ owner }) => owner === parseName(name))
    .map(({ type, data }) => `${type} ${data.length}`)
    .sort();
}

function zonesOf(name: string): readonly (readonly [boolean, number])[] {
  return box.internet.hosts.route53
    .zones()
    .filter(zone => zone.name === parseName(name))
    .map(zone => [zone.zsk !== null, zone.ksks.size]);
}

/** Events of a run of so many steps: its beginning, two a step, its end. */
const eventsOf = (plan: Plan): number => 2 + 2 * plan.steps.length;

describe('a run that ends at any event and is resumed', () => {
  test.each(['before', 'after'] as const)(
    '%s it is written: a signed cut, made and taken back',
    async when => {
      const planned = async (cut: string): Promise<Plan> =>
        await makeDelegatePlan(context, openHosts(context), cut, { ...flags, sign: true });
      const count = eventsOf(await planned(`${when}.example.org`));
      const cuts = Array.from({ length: count }, (_none, at) => `${when}${at}.example.org`);
      for (const [at, cut] of cuts.entries()) {
        const events = await applyCut(await planned(cut), at, when);
        expect(events.at(-1)?.kind).toBe('run-finished');
        expect(held(cut)).toEqual(['DS 1', 'NS 4']);
        expect(zonesOf(cut)).toEqual([[true, 1]]);
      }
      for (const [at, cut] of cuts.entries()) {
        const hosts = openHosts(context);
        const plan =
          at % 2 === 0
            ? await makeUndelegatePlan(context, hosts, cut, { child: 'route53', parent: 'route53' })
            : await makeUnsignPlan(context, hosts, cut, { child: 'route53', parent: 'route53' });
        await applyCut(plan, at % eventsOf(plan), when);
        expect([cut, held(cut)]).toEqual([cut, at % 2 === 0 ? [] : ['NS 4']]);
        expect([cut, zonesOf(cut)]).toEqual([cut, at % 2 === 0 ? [] : [[false, 0]]]);
      }
      // Rows of others stand as they stood.
      expect(held('www.example.org')).toEqual(['CNAME 1']);
    },
  );
});
