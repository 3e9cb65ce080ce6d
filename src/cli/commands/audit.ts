import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Account } from '../../audit/account.ts';
import { audit } from '../../audit/audit.ts';
import { differenceOf } from '../../audit/difference.ts';
import type { EngineSettings } from '../../audit/engine.ts';
import { type CutSeverity, cutSeverities } from '../../checks/cut/finding.ts';
import { isAtLeast } from '../../checks/cut/judge.ts';
import { ZonecutError } from '../../error.ts';
import { auditDifferenceText } from '../../report/audit-text.ts';
import { parseAddressMap } from '../../world/address-map.ts';
import { nodeTransport } from '../../world/node.ts';
import { openHosts } from '../accounts.ts';
import { checkSource, openInput, type SourceFlags, sizeOf } from '../audit-input.ts';
import { type OutputFlags, withOutput } from '../audit-output.ts';
import { AuditWatch } from '../audit-watch.ts';
import { type Context, isOffline, transportIn } from '../context.ts';
import { exitCodes } from '../exit-code.ts';

/** Options of `audit`. */
export interface AuditFlags extends SourceFlags, OutputFlags {
  readonly least?: string;
  readonly failOn?: string;
  readonly parents?: string;
  readonly ports?: string;
  readonly dnssec?: boolean;
  readonly rate?: string;
}

/** `zonecut audit [SOURCE]`: looks at every delegation that the source names, and prints what is wrong as NDJSON. */
export async function auditNames(
  context: Context,
  source: string | undefined,
  flags: AuditFlags,
): Promise<number> {
  const failOn = severityFrom(flags.failOn ?? 'error', '--fail-on');
  checkSource(source, flags);
  const settings = settingsOf(context, flags);
  if (flags.resume === true && flags.output === undefined) {
    throw new ZonecutError('ZC_USAGE', '--resume needs the output that it goes on with', {
      hint: 'Name it with -o, as before.',
    });
  }
  const hosts = openHosts(context);
  const transport = nodeTransport({ ...context.dialing, udpPorts: settings.ports });
  const world = { ...context.world, dns: transportIn(context.environment, transport) };
  try {
    const account =
      flags.host === undefined ? null : new Account(await hosts.open(flags.host), context.signal);
    const input = await openInput(context, source, flags, account);
    const watch = new AuditWatch(context, () => input.share());
    const summary = await withOutput(context, source, flags, async (sink, from) =>
      audit(world, input.batches, sink, {
        settings: account === null ? settings : { ...settings, account },
        from,
        onProgress: progress => watch.show(progress),
        signal: context.signal,
      }),
    );
    const read = flags.zoneFile === true ? 'zone file' : source === undefined ? 'names' : 'list';
    watch.end(summary, { output: flags.output ?? null, source: read });
    const isBad = Object.keys(summary.bySeverity).some(
      severity =>
        isAtLeast(severityFrom(severity, 'a finding'), failOn) && (summary.bySeverity[severity] ?? 0) > 0,
    );
    if (isBad || summary.unknown > 0) return exitCodes.verify;
    // Nothing was looked at, which must not pass for nothing wrong.
    return summary.names === 0 && summary.notNames > 0 ? exitCodes.usage : exitCodes.ok;
  } catch (error) {
    if (context.signal.aborted && flags.output !== undefined) {
      context.terminal.note(`\nleft as it stands; the same command with --resume goes on\n`);
    }
    throw error;
  } finally {
    await transport.close();
    await hosts.closeAll();
  }
}

/** `zonecut audit diff A B`: what is new and what is gone. */
export async function auditDiff(context: Context, before: string, after: string): Promise<number> {
  await Promise.all([before, after].map(file => sizeOf(file)));
  const difference = await differenceOf(linesOf(before), linesOf(after));
  const { terminal } = context;
  terminal.print(
    terminal.json
      ? `${JSON.stringify({ schema: 'zonecut/audit-diff/v1', ...difference }, null, 2)}\n`
      : auditDifferenceText(difference, terminal.paint),
  );
  return difference.changes.some(({ change }) => change === 'new') ? exitCodes.verify : exitCodes.ok;
}

/** The lines of a file, which is opened with the first: lines that are read before anybody listens would be lost. */
async function* linesOf(file: string): AsyncGenerator<string, void, undefined> {
  yield* createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}

function settingsOf(context: Context, flags: AuditFlags): EngineSettings {
  const { environment, dialing, hints, net } = context;
  if (dialing.proxy !== null && dialing.proxy !== undefined) {
    throw new ZonecutError('ZC_USAGE', 'an audit asks over UDP, and the SOCKS5 proxy carries TCP', {
      hint: 'Run it without --proxy and ZONECUT_PROXY.',
    });
  }
  const offline = isOffline(environment);
  const map = parseAddressMap(environment['ZONECUT_ADDRESS_MAP'] ?? '');
  const rate = flags.rate === undefined ? null : rateFrom(flags.rate);
  return {
    hints,
    port: net.port,
    offline,
    ports: oneOf(flags.ports ?? (offline ? 'single' : 'pool'), ['single', 'pool'], '--ports'),
    parents: oneOf(flags.parents ?? (offline ? 'each' : 'one'), ['each', 'one'], '--parents'),
    dnssec: flags.dnssec !== false,
    least: severityFrom(flags.least ?? 'warning', '--least'),
    source: dialing.source ?? {},
    endpointOf: endpoint => map.get(endpoint.address) ?? endpoint,
    ...(rate === null
      ? {}
      : { limits: { ratePerServer: rate, burstPerServer: Math.max(1, Math.ceil(rate / 5)) } }),
  };
}

function rateFrom(text: string): number {
  const rate = Number(text);
  if (!/^\d+$/.test(text) || rate < 1 || rate > 10_000) {
    throw new ZonecutError(
      'ZC_USAGE',
      `--rate is "${text}", it is a number of queries a second from 1 to 10000`,
    );
  }
  return rate;
}

function severityFrom(text: string, option: string): CutSeverity {
  return oneOf(text, cutSeverities, option);
}

function oneOf<T extends string>(text: string, allowed: readonly T[], option: string): T {
  const found = allowed.find(word => word === text);
  if (found === undefined) {
    throw new ZonecutError('ZC_USAGE', `${option} is "${text}", it is one of ${allowed.join(', ')}`);
  }
  return found;
}
