import { isExcused, judge, lameness, serverText } from '../checks/judge.ts';
import type { Name } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { ZonecutError } from '../error.ts';
import { ownRecords } from '../plan/fit.ts';
import type { ActionOf, Step } from '../plan/plan.ts';
import { proveCut, viewChild } from '../survey/proof.ts';
import { callOptions, nsOfSource, type Performance, providerOf, type Run, zoneOfSource } from './context.ts';
import { copiesOf, missingCopy } from './copies.ts';
import { locateChild } from './glue.ts';
import { patienceMs, pollUntil, type Round } from './poll.ts';

/** Milliseconds that the last proof is repeated when something disagrees: a resolver that just let go asks anew. */
const proofPatienceMs = 10_000;

/**
 * Every server of the child zone answers `cut SOA` with authority, and gives all that was copied there; in a move also the NS
 * RRset that its host has for it, since a wait that begins before a server gives that ends before its caches let go.
 */
export async function* performProveChild(run: Run, step: Step, action: ActionOf<'prove-child'>): Performance {
  const ns = nsOfSource(run, action.ns);
  const limitMs = patienceMs(run.options.providers.child?.capabilities.visibleWithinMs);
  const open = new Set(await expectedOf(run, action));
  const sets = await ownSets(run, action);
  const count = yield* pollUntil(run, step, limitMs, () => askChild(run, action.cut, ns, open, sets));
  return { ns, note: `${ns.length} name servers at ${count} addresses answer with authority` };
}

/** What every server must give beside the SOA. */
async function expectedOf(run: Run, { records, zone }: ActionOf<'prove-child'>): Promise<readonly RRset[]> {
  switch (records) {
    case 'none':
      return [];
    case 'copied':
      return copiesOf(run.state.plan);
    case 'all':
      return zone === null
        ? []
        : ownRecords(await providerOf(run, 'child').readZone(zoneOfSource(run, zone), callOptions(run)));
  }
}

/** The NS RRsets that the zones of a move have at their apexes at the hosts that are asked, as texts; null in other runs, which change none. */
async function ownSets(run: Run, action: ActionOf<'prove-child'>): Promise<ReadonlySet<string> | null> {
  const { intent, observed } = run.state.plan;
  const { old } = run.options.providers;
  const { zone } = action;
  if (intent.kind !== 'move' || old === null || !observed.oldZone || zone === null) {
    return null;
  }
  const snapshots = await Promise.all([
    old.readZone(observed.oldZone, callOptions(run)),
    providerOf(run, 'child').readZone(zoneOfSource(run, zone), callOptions(run)),
  ]);
  const ns = nsOfSource(run, action.ns);
  const asked = snapshots.filter(({ zone }) => zone.nameServers.some(name => ns.includes(name)));
  const rrsets = (asked.length === 0 ? snapshots : asked).flatMap(snapshot => snapshot.rrsets);
  return new Set(rrsets.filter(({ owner, type }) => owner === action.cut && type === 'NS').map(setText));
}

function setText({ data }: RRset): string {
  return [...data].sort().join(' ');
}

/** One round of questions to the child's servers; its value is the number of their addresses. */
async function askChild(
  run: Run,
  cut: Name,
  ns: readonly Name[],
  open: Set<RRset>,
  sets: ReadonlySet<string> | null,
): Promise<Round<number>> {
  const { world, options } = run;
  const { servers, lost } = await locateChild(run, cut, ns);
  const child = await viewChild(world, options.net, servers, cut, options.signal);
  const views = child.map(({ soa }) => soa);
  const late = child.find(
    ({ ns: { answer } }) => answer.kind === 'answer' && sets?.has(setText(answer.rrset)) === false,
  );
  const lame = views.flatMap(view => {
    const why = isExcused(view, views, cut) ? null : lameness(view, cut);
    return why === null ? [] : [{ name: view.server.name, text: `${serverText(view)} ${why.text}` }];
  });
  const failing = new Set<Name | null>([...lost, ...lame.map(({ name }) => name)]);
  const text = `${ns.length - failing.size} of ${ns.length} name servers answer for ${cut} with authority`;
  const answering = views.filter(view => lameness(view, cut) === null).map(view => view.server);
  const problem =
    lost.map(name => `${name} has no address`)[0] ??
    lame[0]?.text ??
    (late === undefined ? null : `${serverText(late.ns)} does not give the NS records of its zone yet`) ??
    (open.size === 0 ? null : await missingCopy(run, answering, cut, open));
  return {
    done: problem === null,
    text: problem === null ? text : `${text}; ${problem}`,
    value: views.length,
  };
}

/** Parent, child and the resolvers say the same of the cut. */
export async function* performProveResolvers(
  run: Run,
  step: Step,
  action: ActionOf<'prove-resolvers'>,
): Performance {
  const { world, options } = run;
  const expected = action.ns === null ? null : nsOfSource(run, action.ns);
  const recursive = options.until === 'authoritative' ? 'leave' : 'ask';
  const begun = world.clock.elapsed();
  for (;;) {
    const proof = await proveCut(world, options.net, action.cut, {
      recursive,
      ...callOptions(run),
    });
    const errors = judge(proof, expected).filter(finding => finding.severity === 'error');
    const [first] = errors;
    if (first === undefined || world.clock.elapsed() - begun > proofPatienceMs) {
      yield { kind: 'proof', step, proof };
    }
    if (first === undefined) {
      const resolvers =
        proof.recursive.length === 0
          ? ''
          : ` and ${proof.recursive.length} resolver${proof.recursive.length === 1 ? '' : 's'}`;
      return {
        note: `${proof.parent.length} servers of the parent, ${proof.child.length} of the child${resolvers} agree`,
      };
    }
    if (world.clock.elapsed() - begun > proofPatienceMs) {
      throw new ZonecutError(
        'ZC_VERIFY',
        `${first.server === null ? '' : `${first.server}: `}${first.text}`,
        {
          hint: `${first.remedy}; then \`zonecut resume ${run.state.plan.run}\`.`,
        },
      );
    }
    await world.clock.sleep(500, options.signal);
  }
}
