import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ZonecutError } from '../../error.ts';
import { driverNamed, drivers, foundAccounts } from '../../providers/registry.ts';
import { openHosts, settingsOf } from '../accounts.ts';
import { configName, printConfig } from '../config.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { parseTtl } from '../planning.ts';

/** Options of `init`. */
export interface InitFlags {
  readonly parent?: string;
  readonly child?: string;
  readonly ttl?: string;
  readonly sign?: boolean;
  readonly protect?: boolean;
  /** False with `--no-verify`. */
  readonly verify?: boolean;
  readonly force?: boolean;
  readonly output?: string;
}

/** `zonecut init`: asks for the hosts, proves their credentials by reading, and writes `zonecut.yaml`. */
export async function init(context: Context, flags: InitFlags): Promise<number> {
  const { terminal } = context;
  const file = path.resolve(flags.output ?? configName);
  if (flags.force !== true && (await isThere(file))) {
    throw new ZonecutError('ZC_USAGE', `${file} is there already`, { hint: 'Replace it with --force.' });
  }
  const ttl = flags.ttl === undefined ? null : parseTtl(flags.ttl);
  const parent = await chosen(context, 'parent', flags);
  const child = await chosen(context, 'child', flags);
  if (flags.verify !== false) await verify(context, [parent, child]);
  const defaults = {
    parent,
    child,
    ...(ttl === null ? {} : { ttl }),
    ...(flags.sign === undefined ? {} : { sign: flags.sign }),
    ...(flags.protect === undefined ? {} : { protect: flags.protect }),
  };
  await writeFile(file, printConfig(defaults), { flag: flags.force === true ? 'w' : 'wx' });
  terminal.print(
    terminal.json
      ? `${JSON.stringify({ schema: 'zonecut/init/v1', file, ...defaults }, null, 2)}\n`
      : `${terminal.paint.good(terminal.paint.signs.done)} ${file}: ${parent} delegates to ${child}\n  next: zonecut plan NAME${context.suffix}\n`,
  );
  return exitCodes.ok;
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The host that the options name, else the one that is chosen. */
async function chosen(context: Context, side: 'parent' | 'child', flags: InitFlags): Promise<string> {
  const named = flags[side];
  if (named !== undefined) return driverNamed(named).id;
  const { terminal } = context;
  const able = drivers.filter(({ capabilities }) =>
    side === 'parent'
      ? capabilities.delegates
      : capabilities.createsZones || capabilities.zoneByHand.length > 0,
  );
  if (!terminal.canAsk) {
    const missing = (['parent', 'child'] as const).filter(one => flags[one] === undefined);
    throw new ZonecutError(
      'ZC_NO_TERMINAL',
      'the hosts have to be named, and there is no terminal to ask on',
      {
        hint: `Give ${missing.map(one => `--${one} HOST`).join(' and ')}; hosts are ${able.map(({ id }) => id).join(', ')}. Further: --ttl, --sign, --protect, --no-verify, --force, --output.`,
      },
    );
  }
  const found = await foundAccounts(settingsOf(context));
  const choices = able
    .map(driver => {
      const account = found.find(one => one.driver === driver.id);
      return {
        value: driver.id,
        label: driver.title,
        hint: account?.where ?? 'no credentials found',
        has: account !== undefined,
      };
    })
    .toSorted((a, b) => Number(b.has) - Number(a.has));
  const question = side === 'parent' ? 'Who holds the zone above?' : 'Who shall hold the new zones?';
  const answer = await terminal.choose(question, choices, `--${side}`);
  if (answer === null)
    throw new ZonecutError('ZC_CANCELLED', 'nothing was written', {
      hint: 'Begin again with `zonecut init`.',
    });
  return answer;
}

/** Opens each host and reads its list of zones. Throws ZC_CREDENTIALS, with the variables that are missing. */
async function verify(context: Context, ids: readonly string[]): Promise<void> {
  const { terminal, signal } = context;
  const opened = openHosts(context);
  try {
    for (const id of new Set(ids)) {
      terminal.live(`${terminal.paint.signs.busy} asking ${id} who we are`);
      const provider = await opened.open(id);
      const { account, source } = await provider.whoAmI({ signal });
      const zones: string[] = [];
      for await (const zone of provider.listZones({ signal })) zones.push(zone.apex);
      const held =
        zones.length === 0 ? 'no zones' : `${zones.slice(0, 5).join(' ')}${zones.length > 5 ? ' ...' : ''}`;
      terminal.note(
        `${terminal.paint.good(terminal.paint.signs.done)} ${id}: ${account}, found in ${source}; ${held}\n`,
      );
    }
  } finally {
    await opened.closeAll();
  }
}
