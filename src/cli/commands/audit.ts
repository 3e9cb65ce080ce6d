import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Account } from '../../audit/account.ts';
import { type AuditSink, audit, auditStart } from '../../audit/audit.ts';
import type { Batch } from '../../audit/batch.ts';
import { differenceOf } from '../../audit/difference.ts';
import type { EngineSettings } from '../../audit/engine.ts';
import { OutputFile } from '../../audit/output-file.ts';
import { cutsOfZoneFile, namesOf, namesOfLines } from '../../audit/sources.ts';
import type { Summary } from '../../audit/summary.ts';
import { cutsByTransfer } from '../../audit/transfer.ts';
import { type CutSeverity, cutSeverities } from '../../checks/cut/finding.ts';
import { isAtLeast } from '../../checks/cut/judge.ts';
import { nameFromUser } from '../../dns/idn.ts';
import { type Name, rootName } from '../../dns/name.ts';
import { lockFile } from '../../engine/lock.ts';
import { messageOf, ZonecutError } from '../../error.ts';
import { auditDifferenceText } from '../../report/audit-text.ts';
import { parseAddressMap } from '../../world/address-map.ts';
import { nodeTransport } from '../../world/node.ts';
import { openHosts } from '../accounts.ts';
import { AuditWatch } from '../audit-watch.ts';
import { type Context, isOffline, parseEndpoint, transportIn } from '../context.ts';
import { exitCodes } from '../exit-code.ts';

/** Options of `audit`. */
export interface AuditFlags {
  readonly zoneFile?: boolean;
  readonly origin?: string;
  readonly axfr?: string;
  readonly host?: string;
  readonly output?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly least?: string;
  readonly failOn?: string;
  readonly parents?: string;
  readonly ports?: string;
  readonly dnssec?: boolean;
  readonly rate?: string;
}

/** Names, and the part of the input whose names have begun, null where nobody knows. */
interface Input {
  readonly batches: AsyncIterable<Batch>;
  share(): number | null;
}

/** `zonecut audit [SOURCE]`: looks at every delegation that the source names, and prints what is wrong as NDJSON. */
export async function auditNames(
  context: Context,
  source: string | undefined,
  flags: AuditFlags,
): Promise<number> {
  const failOn = severityFrom(flags.failOn ?? 'error', '--fail-on');
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
    checkSource(source, flags);
    const account =
      flags.host === undefined ? null : new Account(await hosts.open(flags.host), context.signal);
    const input = await inputOf(context, source, flags, account);
    const watch = new AuditWatch(context, () => input.share());
    const summary = await withSink(context, flags, async (sink, from) =>
      audit(world, input.batches, sink, {
        settings: account === null ? settings : { ...settings, account },
        from,
        onProgress: progress => watch.show(progress),
        signal: context.signal,
      }),
    );
    watch.end(summary, flags.output ?? null);
    const isBad = Object.keys(summary.bySeverity).some(
      severity =>
        isAtLeast(severityFrom(severity, 'a finding'), failOn) && (summary.bySeverity[severity] ?? 0) > 0,
    );
    return isBad ? exitCodes.verify : exitCodes.ok;
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

/** Throws ZC_USAGE unless one source is given. */
function checkSource(source: string | undefined, flags: AuditFlags): void {
  const given = [source, flags.axfr, flags.host].filter(one => one !== undefined);
  if (given.length !== 1) {
    throw new ZonecutError(
      'ZC_USAGE',
      given.length === 0 ? 'no source of names is given' : 'two sources of names are given',
      {
        hint: 'Give a file, - for standard input, --axfr ZONE@ADDRESS, or --host HOST.',
      },
    );
  }
}

async function inputOf(
  context: Context,
  source: string | undefined,
  flags: AuditFlags,
  account: Account | null,
): Promise<Input> {
  if (account !== null) return { batches: namesOf(account.cuts()), share: () => account.share };
  if (flags.axfr !== undefined) {
    const [, zone = '', server = ''] = /^(.+)@(.+)$/.exec(flags.axfr) ?? [];
    if (zone === '') {
      throw new ZonecutError('ZC_USAGE', `--axfr is "${flags.axfr}"`, {
        hint: 'Such as --axfr example.com@192.0.2.1.',
      });
    }
    const cuts = await cutsByTransfer(
      context.world,
      nameFromUser(zone),
      parseEndpoint(server),
      context.signal,
    );
    let begun = 0;
    const counted = function* (): Generator<Name, void, undefined> {
      for (const cut of cuts) {
        yield cut;
        begun += 1;
      }
    };
    return { batches: namesOf(counted()), share: () => (cuts.length === 0 ? null : begun / cuts.length) };
  }
  return await fileInput(source ?? '-', flags);
}

/** Octets of a file that are read at once: a small file has several pieces too, so that how far it is can be told. */
const minPieceOctets = 4 * 1024;
const maxPieceOctets = 64 * 1024;

async function fileInput(source: string, flags: AuditFlags): Promise<Input> {
  const octets = source === '-' ? null : await sizeOf(source);
  const highWaterMark = Math.min(maxPieceOctets, Math.max(minPieceOctets, (octets ?? 0) >> 6));
  const stream = source === '-' ? process.stdin : createReadStream(source, { highWaterMark });
  let read = 0;
  const pieces = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of stream) {
      yield piece;
      // The next piece is asked for when all names of this one have begun.
      read += piece.length;
    }
  };
  const origin = flags.origin === undefined ? rootName : nameFromUser(flags.origin);
  const batches = flags.zoneFile === true ? cutsOfZoneFile(pieces(), origin) : namesOfLines(pieces());
  return { batches, share: () => (octets === null || octets === 0 ? null : read / octets) };
}

/** The octets of a file that can be read. Throws ZC_USAGE. */
async function sizeOf(file: string): Promise<number | null> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new ZonecutError('ZC_USAGE', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  });
  if (found.isDirectory()) throw new ZonecutError('ZC_USAGE', `${file} is a folder, a file is wanted`);
  return found.isFile() ? found.size : null;
}

/** Opens where the output goes, and completes it when all went well. */
async function withSink(
  { world }: Context,
  { output, resume, force }: AuditFlags,
  run: (sink: AuditSink, from: typeof auditStart) => Promise<Summary>,
): Promise<Summary> {
  if (output === undefined) return await run(standardOutput(), auditStart);
  const file = path.resolve(output);
  const lock = await lockFile(`${file}.lock`, `the output ${output}`);
  try {
    const options = { clock: world.clock, resume: resume === true, force: force === true };
    const sink = await OutputFile.open(file, options);
    try {
      const summary = await run(sink, sink.from);
      await sink.complete();
      return summary;
    } finally {
      await sink.close();
    }
  } finally {
    await lock.release();
  }
}

/** Standard output, as slowly as its reader takes it. */
function standardOutput(): AuditSink {
  // A pipe that is closed is told of by the write that it fails, and by this event too.
  process.stdout.on('error', () => {});
  return {
    write: text =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, error => {
          if (error === null || error === undefined) resolve();
          else {
            reject(
              new ZonecutError('ZC_OUTPUT', `cannot write to standard output: ${error.message}`, {
                hint: 'Whoever read it is gone; with -o FILE an audit can go on later.',
                cause: error,
              }),
            );
          }
        });
      }),
  };
}
