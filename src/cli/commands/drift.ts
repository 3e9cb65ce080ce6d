import { driftOf } from '../../checks/drift.ts';
import type { Finding } from '../../checks/finding.ts';
import { judge } from '../../checks/judge.ts';
import { forgetDelegation, type KeptDelegation, keptDelegations } from '../../engine/delegations.ts';
import { ZonecutError } from '../../error.ts';
import { proveCut } from '../../survey/proof.ts';
import { surveyCut } from '../../survey/survey.ts';
import { type OpenHosts, openHosts } from '../accounts.ts';
import type { Context } from '../context.ts';
import { cutFrom } from '../cut-name.ts';
import { exitCodes } from '../exit-code.ts';

/** Options of `drift`. */
export interface DriftFlags {
  readonly forget?: boolean;
}

/** `zonecut drift [NAME]`: what changed since at every delegation that was made or adopted here. */
export async function drift(context: Context, name: string | undefined, flags: DriftFlags): Promise<number> {
  const { terminal, stateFolder } = context;
  const cut = name === undefined ? null : cutFrom(name);
  const kept = (await keptDelegations(stateFolder)).filter(one => cut === null || one.cut === cut);
  if (cut !== null && kept.length === 0) {
    throw new ZonecutError('ZC_USAGE', `${cut} was neither delegated nor adopted here`, {
      hint: `\`zonecut adopt ${cut}\` takes it over.`,
    });
  }
  if (flags.forget === true) {
    if (cut === null) {
      throw new ZonecutError('ZC_USAGE', '--forget needs the name to forget', {
        hint: 'Give it, such as: zonecut drift --forget staging.example.com',
      });
    }
    await forgetDelegation(stateFolder, cut);
    terminal.note(`${cut} is forgotten; nothing was changed at its hosts\n`);
    return exitCodes.ok;
  }
  const hosts = openHosts(context);
  try {
    const looked: { readonly made: KeptDelegation; readonly findings: readonly Finding[] }[] = [];
    for (const made of kept) {
      terminal.live(`${terminal.paint.signs.busy} ${made.cut}`);
      looked.push({ made, findings: await look(context, hosts, made) });
    }
    show(context, looked);
    const bad = looked.some(({ findings }) => findings.some(({ severity }) => severity === 'error'));
    return bad ? exitCodes.verify : exitCodes.ok;
  } finally {
    await hosts.closeAll();
  }
}

/** What the accounts hold, and then what the authoritative servers say; no resolver is asked. */
async function look(
  { world, net, signal }: Context,
  hosts: OpenHosts,
  made: KeptDelegation,
): Promise<readonly Finding[]> {
  const [parent, child] = [await hosts.open(made.parent), await hosts.open(made.child)];
  const survey = await surveyCut(world, net, made.cut, { parent, child }, { signal });
  const proof = await proveCut(world, net, made.cut, { recursive: 'leave', signal });
  return [...driftOf(made, survey), ...judge(proof, made.ns)];
}

function show(
  { terminal }: Context,
  looked: readonly { readonly made: KeptDelegation; readonly findings: readonly Finding[] }[],
): void {
  const { paint } = terminal;
  if (terminal.json) {
    const delegations = looked.map(({ made, findings }) => ({ ...made, findings }));
    terminal.print(`${JSON.stringify({ schema: 'zonecut/drift/v1', delegations }, null, 2)}\n`);
    return;
  }
  if (looked.length === 0) {
    terminal.print('no delegation was made or adopted here yet\n');
  }
  for (const { made, findings } of looked) {
    const mark =
      findings.length === 0
        ? paint.good(paint.signs.done)
        : findings.some(({ severity }) => severity === 'error')
          ? paint.bad(paint.signs.failed)
          : paint.warn(paint.signs.odd);
    terminal.print(`${mark} ${made.cut}  ${paint.dim(`since ${made.since.slice(0, 10)}`)}\n`);
    for (const { code, server, text, remedy } of findings) {
      terminal.print(
        `    ${server === null ? '' : `${server}: `}${text} ${paint.dim(`[${code}]`)}\n      ${paint.dim(remedy)}\n`,
      );
    }
  }
}
