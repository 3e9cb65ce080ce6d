import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, stateFolder } from '../../engine/state.ts';
import { ZonecutError } from '../../error.ts';
import { type Api, requestFaultKinds } from '../../sandbox/faults.ts';
import { type Internet, startInternet } from '../../sandbox/internet.ts';
import { realTimes, shortTimes } from '../../sandbox/times.ts';
import { listenHttp } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { type Context, parsePort, readSandbox, type SandboxFile, sandboxFile } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { type GlobalOptions, openTerminal, type Terminal } from '../terminal.ts';
import { parseDuration } from './duration.ts';

/** Options of `sandbox up`. */
export interface SandboxFlags {
  readonly port?: string;
  readonly singleAddress?: boolean;
  readonly quick?: boolean;
  readonly signed?: boolean;
  readonly delay: string;
}

const apis: readonly (Api | '*')[] = [
  'route53',
  'namecheap',
  'dyn',
  'oci',
  'cloudflare',
  'rfc2136',
  'powerdns',
  '*',
];

/** `zonecut sandbox up`: starts the internet in a box and keeps it up until Ctrl-C. */
export async function sandboxUp(options: GlobalOptions, flags: SandboxFlags): Promise<number> {
  const terminal = openTerminal(options, process.env);
  const folder = stateFolder(process.env);
  const times = flags.quick === true ? shortTimes : realTimes;
  const internet = await startInternet({
    times: {
      ...times,
      visibilityDelayMs: flags.delay === '0' ? times.visibilityDelayMs : parseDuration(flags.delay) * 1000,
    },
    ...(flags.port === undefined ? {} : { port: parsePort(flags.port, '--port') }),
    ...(flags.singleAddress === true ? { singleAddress: true } : {}),
    signed: flags.signed === true,
  });
  const control = await listenHttp({ address: '127.0.0.1', port: 0 }, async request =>
    serveControl(internet, request),
  );
  try {
    const file = await describeSandbox(folder, internet, control.url);
    terminal.print(terminal.json ? `${JSON.stringify(file, null, 2)}\n` : welcome(internet, terminal));
    await untilInterrupted();
    terminal.note('\nthe sandbox is down\n');
    return exitCodes.ok;
  } finally {
    await rm(sandboxFile(folder), { force: true });
    await Promise.all([control.close(), internet.close()]);
  }
}

async function describeSandbox(folder: string, internet: Internet, controlUrl: string): Promise<SandboxFile> {
  const environment = await writeWorldFiles(path.join(folder, 'sandbox'), internet);
  const file: SandboxFile = { schema: 'zonecut/sandbox/v1', pid: process.pid, environment, controlUrl };
  await writeFile(sandboxFile(folder), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  return file;
}

/** Writes the root hints and trust anchors of `internet` into `folder`; gives the environment of programs that live in it. */
export async function writeWorldFiles(
  folder: string,
  internet: Internet,
): Promise<Readonly<Record<string, string>>> {
  await makeFolder(folder);
  const hints = path.join(folder, 'root.hints');
  await writeFile(hints, internet.hintsText);
  const environment = { ...internet.environment, ZONECUT_ROOT_HINTS: hints };
  if (internet.trustAnchorsText === null) {
    return environment;
  }
  const anchors = path.join(folder, 'root.anchors');
  await writeFile(anchors, internet.trustAnchorsText);
  return { ...environment, ZONECUT_TRUST_ANCHORS: anchors };
}

function welcome(internet: Internet, terminal: Terminal): string {
  const { paint } = terminal;
  const { resolver } = internet;
  const port = resolver.port === 53 ? '' : `-p ${resolver.port} `;
  return `${paint.bold('an internet in a box is up')}: root, com, net, org and co.uk, seven DNS hosts, a resolver
  example.com  at a host like Namecheap    example.net  at one like Dyn    example.org  at one like Route 53

in another terminal:
  ${paint.name('zonecut --sandbox delegate staging.example.com --child route53 --parent namecheap')}
  ${paint.name(`host ${port}-t NS staging.example.com ${resolver.address}`)}      ${paint.dim("the ISP's name server: any program can use it")}
  ${paint.name('zonecut --sandbox hosts')}
  ${paint.name('eval "$(zonecut sandbox env)"')}      ${paint.dim('for programs of your own, and real SDKs')}
Ctrl-C ends it.
`;
}

async function untilInterrupted(): Promise<void> {
  await new Promise<void>(resolve => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

/** The switches of a sandbox that is up: `POST /faults`, `DELETE /faults`, `POST /delay`. */
async function serveControl(internet: Internet, request: HttpRequest): Promise<HttpResponse> {
  const { pathname, searchParams } = new URL(request.url, 'http://control');
  if (request.method === 'POST' && pathname === '/faults') {
    internet.faults.inject({
      api: apis.find(api => api === searchParams.get('api')) ?? '*',
      operation: searchParams.get('operation') ?? '*',
      kind: requestFaultKinds.find(kind => kind === searchParams.get('kind')) ?? 'throttle',
      times: Number(searchParams.get('times') ?? '1'),
    });
  } else if (request.method === 'DELETE' && pathname === '/faults') {
    internet.faults.clear();
  } else if (request.method === 'POST' && pathname === '/delay') {
    internet.nameServers.setVisibilityDelay(Number(searchParams.get('seconds') ?? '0') * 1000);
  } else {
    return { status: 404, headers: {}, body: new Uint8Array() };
  }
  return { status: 204, headers: {}, body: new Uint8Array() };
}

/** `zonecut sandbox env`: lines for a shell. */
export async function sandboxEnv(context: Context): Promise<number> {
  const { environment } = await readSandbox(context.stateFolder);
  const { terminal } = context;
  const lines = Object.entries(environment).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`,
  );
  terminal.print(terminal.json ? `${JSON.stringify(environment, null, 2)}\n` : lines.join(''));
  return exitCodes.ok;
}

/** `zonecut sandbox fault API KIND [OPERATION]`. */
export async function sandboxFault(
  context: Context,
  api: string,
  kind: string,
  operation: string | undefined,
  flags: { readonly times: string },
): Promise<number> {
  if (!apis.some(known => known === api)) {
    throw new ZonecutError('ZC_USAGE', `"${api}" is no API of the sandbox`, {
      hint: `It has: ${apis.join(', ')}.`,
    });
  }
  if (!requestFaultKinds.some(known => known === kind)) {
    throw new ZonecutError('ZC_USAGE', `"${kind}" is no kind of fault`, {
      hint: `There are: ${requestFaultKinds.join(', ')}.`,
    });
  }
  if (!/^[1-9]\d{0,5}$/.test(flags.times)) {
    throw new ZonecutError('ZC_USAGE', `--times is "${flags.times}", it is a number from 1 to 999999`);
  }
  const query = new URLSearchParams({ api, kind, operation: operation ?? '*', times: flags.times });
  await control(context, 'POST', `/faults?${query}`);
  context.terminal.note(
    `the next ${flags.times} requests (${api}, ${operation ?? 'any operation'}) meet: ${kind}\n`,
  );
  return exitCodes.ok;
}

/** `zonecut sandbox delay SECONDS`. */
export async function sandboxDelay(context: Context, seconds: string): Promise<number> {
  await control(context, 'POST', `/delay?seconds=${parseDuration(seconds)}`);
  context.terminal.note(`changes become visible ${parseDuration(seconds)} s after they are accepted\n`);
  return exitCodes.ok;
}

async function control(context: Context, method: string, target: string): Promise<void> {
  const { controlUrl } = await readSandbox(context.stateFolder);
  const url = new URL(target, controlUrl).href;
  const exchange = await context.world.http.send(
    { method, url, headers: {}, body: null },
    { timeoutMs: 5000, signal: context.signal },
  );
  if (exchange.kind !== 'response' || exchange.response.status !== 204) {
    throw new ZonecutError('ZC_USAGE', 'the sandbox does not answer', {
      hint: 'Start it again: zonecut sandbox up',
    });
  }
}
