import { parentOf } from '../../dns/name.ts';
import { isZonecutError, messageOf, ZonecutError } from '../../error.ts';
import type { Driver } from '../../providers/driver.ts';
import { driverNamed, drivers } from '../../providers/registry.ts';
import { capabilityFacts, hostColumns } from '../../report/host-docs.ts';
import { hostPolicy, type PolicyRequest } from '../../report/host-policy.ts';
import { tableText } from '../../report/paint.ts';
import { enclosingZone } from '../../survey/survey.ts';
import { openHosts, settingsOf } from '../accounts.ts';
import type { Context } from '../context.ts';
import { cutFrom } from '../cut-name.ts';
import { exitCodes } from '../exit-code.ts';

/** `zonecut hosts caps [HOST]`: what hosts can do. Asks no host, except a program that stands for one. */
export async function hostsCaps(context: Context, host: string | undefined): Promise<number> {
  const { terminal } = context;
  const shown = host === undefined ? drivers : [await knownDriver(context, host)];
  if (terminal.json) {
    const hosts = shown.map(({ id, title, capabilities }) => ({ id, title, capabilities }));
    terminal.print(`${JSON.stringify({ schema: 'zonecut/capabilities/v1', hosts }, null, 2)}\n`);
  } else if (host === undefined) {
    terminal.print(tableText(hostColumns(drivers, ({ id }) => id)));
  } else {
    const [{ id = '', title = '', capabilities } = {}] = shown;
    const facts = capabilities === undefined ? [] : capabilityFacts(capabilities);
    const notes = [...(capabilities?.notes ?? []), ...(capabilities?.cautions ?? [])];
    const { paint } = terminal;
    terminal.print(`${paint.bold(title)} (${id})\n${tableText(facts, '  ')}`);
    terminal.print(notes.map(note => `  - ${note}\n`).join(''));
  }
  return exitCodes.ok;
}

/** The driver with the capabilities that a bridge says of itself, where it is one. */
async function knownDriver(context: Context, host: string): Promise<Driver> {
  const driver = driverNamed(host);
  if (!/^(exec|lexicon):/.test(driver.id)) return driver;
  const opened = openHosts(context);
  try {
    return { ...driver, capabilities: (await opened.open(host)).capabilities };
  } finally {
    await opened.closeAll();
  }
}

/** Options of `hosts policy`. */
export interface PolicyFlags {
  readonly as?: string;
  readonly zoneId?: string;
  readonly glue?: boolean;
}

/** `zonecut hosts policy HOST NAME`: the least that credentials must be allowed for one cut. Changes nothing. */
export async function hostsPolicy(
  context: Context,
  host: string,
  name: string,
  flags: PolicyFlags,
): Promise<number> {
  const { terminal } = context;
  const driver = driverNamed(host);
  const side = flags.as ?? 'parent';
  if (side !== 'parent' && side !== 'child') {
    throw new ZonecutError('ZC_USAGE', `--as is "${side}"`, { hint: 'It is one of: parent, child.' });
  }
  const cut = cutFrom(name);
  const found = side === 'parent' ? await zoneAbove(context, driver, { cut, zoneId: flags.zoneId }) : null;
  const request: PolicyRequest = { side, cut, zone: found, glue: flags.glue === true };
  const policy = hostPolicy(driver.id, request);
  if (terminal.json) {
    const document = { schema: 'zonecut/host-policy/v1', host: driver.id, side, cut, ...policy };
    terminal.print(`${JSON.stringify(document, null, 2)}\n`);
    return exitCodes.ok;
  }
  if (policy.document !== null) terminal.print(`${JSON.stringify(policy.document, null, 2)}\n`);
  terminal.print(policy.lines.map(line => `${line}\n`).join(''));
  // Beside a document or lines that can be piped into a file, what to do with them is advice.
  const told = [...policy.steps, `Credentials are made at ${driver.settingsUrl}`];
  const say = policy.document === null && policy.lines.length === 0 ? terminal.print : terminal.note;
  say(told.map(step => `- ${step}\n`).join(''));
  return exitCodes.ok;
}

/** The zone above the cut: by the ID that was given, else as the account shows it, else null. */
async function zoneAbove(
  context: Context,
  driver: Driver,
  { cut, zoneId }: { readonly cut: PolicyRequest['cut']; readonly zoneId: string | undefined },
): Promise<PolicyRequest['zone']> {
  if (zoneId !== undefined) return { id: zoneId, apex: parentOf(cut) ?? cut };
  if ((await driver.find(settingsOf(context))) === null) return null;
  const opened = openHosts(context);
  try {
    return await enclosingZone(await opened.open(driver.id), cut, context.signal);
  } catch (error) {
    if (!isZonecutError(error)) throw error;
    context.terminal.note(`the zone above ${cut} was not found in the account: ${messageOf(error)}\n`);
    return null;
  } finally {
    await opened.closeAll();
  }
}
