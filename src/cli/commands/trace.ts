import { parseType } from '../../dns/iana.ts';
import { nameFromUser } from '../../dns/idn.ts';
import { traceText } from '../../report/trace-text.ts';
import { traceName } from '../../resolver/trace.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';

/** `zonecut trace NAME [TYPE]`: every server at every level, from the root down; NS unless a type is given. */
export async function trace(
  context: Context,
  name: string,
  type: string | undefined,
  flags: { readonly explain?: boolean },
): Promise<number> {
  const { terminal, world, net, hints, signal } = context;
  const question = { name: nameFromUser(name), type: parseType(type ?? 'NS') };
  const traced = await traceName(world, question, {
    hints,
    port: net.port,
    signal,
    onLevel: level => terminal.live(`${terminal.paint.signs.busy} ${level.zone}`),
  });
  terminal.print(
    terminal.json
      ? `${JSON.stringify({ schema: 'zonecut/trace/v1', ...traced }, null, 2)}\n`
      : traceText(traced, terminal.paint, { explain: flags.explain === true }),
  );
  return traced.outcome.kind === 'failure' ? exitCodes.verify : exitCodes.ok;
}
