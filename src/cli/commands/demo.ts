import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { whatCame } from '../../checks/judge.ts';
import { parseName } from '../../dns/name.ts';
import { ZonecutError } from '../../error.ts';
import { startInternet } from '../../sandbox/internet.ts';
import { shortTimes } from '../../sandbox/times.ts';
import { askRecursive } from '../../survey/ask.ts';
import { nodeClock } from '../../world/node.ts';
import { type Context, contextOf } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { type GlobalOptions, openTerminal, type Terminal } from '../terminal.ts';
import { delegate } from './delegate.ts';
import { writeWorldFiles } from './sandbox.ts';
import { trace } from './trace.ts';

const subdomain = 'staging.example.com';

/** `zonecut demo`: the main job from nothing to verified, on an internet of its own that is gone afterwards. */
export async function demo(options: GlobalOptions, flags: { readonly pace: string }): Promise<number> {
  const paceMs = paceFrom(flags.pace) * 1000;
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-demo-'));
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  const terminal = openTerminal(options, process.env);
  const begun = nodeClock.elapsed();
  const internet = await startInternet({ times: shortTimes, port: 0 });
  try {
    const environment = {
      ...(await writeWorldFiles(folder, internet)),
      HOME: folder,
      ZONECUT_STATE_DIR: folder,
    };
    const context = await contextOf({ ...options, yes: true }, environment, controller.signal);
    try {
      scene(
        terminal,
        'an internet in a box',
        `${internet.nameServers.names.length} name servers from the root down, seven DNS hosts with their APIs and an ISP's resolver, on loopback, in ${Math.round(nodeClock.elapsed() - begun)} ms`,
      );
      await play(context, paceMs);
    } finally {
      await context.close();
    }
    scene(
      terminal,
      'that was all',
      `${((nodeClock.elapsed() - begun) / 1000).toFixed(1)} s, and this internet is gone, with its journal. Keep one up with \`zonecut sandbox up\`; README.md says how to do it with real accounts.`,
    );
    return exitCodes.ok;
  } finally {
    await internet.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function play(context: Context, paceMs: number): Promise<void> {
  const { terminal, world, net, signal } = context;
  const rest = (): Promise<void> => world.clock.sleep(paceMs, signal);
  const [isp] = net.recursive;
  if (isp === undefined) {
    throw new ZonecutError('ZC_INTERNAL', 'the sandbox has no resolver');
  }
  scene(
    terminal,
    'before',
    `example.com is at a host like Namecheap. Somebody is too early and asks the ISP for ${subdomain}: it will remember the answer`,
  );
  const early = await askRecursive(world, isp, parseName(subdomain), 'NS', signal);
  say(terminal, `host -t NS ${subdomain}`, `  ${whatCame(early)}\n`);
  await rest();
  scene(terminal, 'the main job', 'one command, two hosts');
  const flags = { parent: 'namecheap', child: 'route53' };
  say(terminal, `zonecut delegate ${subdomain} --child route53 --parent namecheap --yes`, '');
  await delegate(context, subdomain, flags);
  await rest();
  scene(
    terminal,
    'how a resolver gets there',
    'each hop through these name servers takes your computer closer to its answer',
  );
  say(terminal, `zonecut trace ${subdomain} SOA --explain`, '');
  await trace(context, subdomain, 'SOA', { explain: true });
  await rest();
}

function scene(terminal: Terminal, title: string, text: string): void {
  const { paint } = terminal;
  terminal.note(`\n${paint.name(paint.bold(`== ${title} ==`))}\n${paint.dim(text)}\n`);
}

function say(terminal: Terminal, command: string, text: string): void {
  terminal.print(`\n${terminal.paint.bold(`$ ${command}`)}\n${text}`);
}

function paceFrom(text: string): number {
  const pace = Number(text);
  if (!(pace >= 0 && pace <= 60)) {
    throw new ZonecutError('ZC_USAGE', `--pace is "${text}", it is a number of seconds from 0 to 60`);
  }
  return pace;
}
