import { parseType } from '../../dns/iana.ts';
import { nameFromUser } from '../../dns/idn.ts';
import { ZonecutError } from '../../error.ts';
import { traceDot } from '../../report/trace-dot.ts';
import { glueText, viaText } from '../../report/trace-further-text.ts';
import { traceMermaid } from '../../report/trace-mermaid.ts';
import { traceText } from '../../report/trace-text.ts';
import type { RootHints } from '../../resolver/hints.ts';
import type { Limits } from '../../resolver/limits.ts';
import type { Wanted } from '../../resolver/scrub.ts';
import { type Trace, traceName } from '../../resolver/trace.ts';
import { judgeTrace, type TraceSecurity } from '../../resolver/trace-security.ts';
import {
  noTrustAnchors,
  parseTrustAnchors,
  printTrustAnchors,
  type TrustAnchors,
} from '../../resolver/trust-anchors.ts';
import { compareGlue, type GlueComparison } from '../../survey/trace-glue.ts';
import { askVia, type ViaAnswer } from '../../survey/via.ts';
import { type CapturedExchange, capturing, replaying } from '../../world/capture.ts';
import type { Clock, World } from '../../world/world.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { readCapture, saveCapture, type TraceCapture } from '../trace-capture.ts';
import { trustAnchorsOf } from '../trust.ts';
import type { OpenVia } from '../via.ts';

/** Options of `trace`. */
export interface TraceFlags {
  readonly explain?: boolean;
  readonly dot?: boolean;
  readonly mermaid?: boolean;
  readonly save?: string;
  readonly from?: string;
  readonly via?: readonly string[];
  readonly viaCa?: string;
  readonly trustAnchor?: readonly string[];
}

/** A trace with what was compared beside it. */
interface Traced {
  readonly trace: Trace;
  readonly security: TraceSecurity;
  readonly glue: readonly GlueComparison[];
  readonly via: readonly ViaAnswer[];
  readonly tookMs: number;
}

/** What a walk goes by. */
interface WalkOptions {
  readonly hints: RootHints;
  readonly trustAnchors: TrustAnchors;
  readonly port: number;
  readonly limits: Partial<Limits>;
}

/** Milliseconds that the comparison of glue may take: the trace itself is there already. */
const glueTimeoutMs = 5_000;
/** Milliseconds for a recursive resolver, which may have to walk from the root. */
const viaTimeoutMs = 5_000;
/** In a capture nobody waits, and a server that was not asked then costs a query that is none. */
const replayLimits: Partial<Limits> = { maxQueries: 20_000, maxQueriesPerName: 5_000, maxMoves: 100_000 };

/** `zonecut trace NAME [TYPE]`: every server at every level, from the root down; NS unless a type is given. */
export async function trace(
  context: Context,
  name: string | undefined,
  type: string | undefined,
  flags: TraceFlags,
): Promise<number> {
  const traced =
    flags.from === undefined
      ? await traceNow(context, questionOf(name, type), flags)
      : await traceAgain(context, await captureFor(flags, flags.from, name), flags);
  context.terminal.print(printed(context, traced, flags));
  const isBroken = traced.trace.outcome.kind === 'failure' || traced.security.outcome?.kind === 'bogus';
  return isBroken ? exitCodes.verify : exitCodes.ok;
}

function questionOf(name: string | undefined, type: string | undefined): Wanted {
  if (name === undefined) {
    throw new ZonecutError('ZC_USAGE', 'a name is needed, or a capture', {
      hint: 'Such as: zonecut trace www.example.com, or zonecut trace --from FILE.',
    });
  }
  return { name: nameFromUser(name), type: parseType(type ?? 'NS') };
}

/** The capture in `file`. Throws ZC_USAGE beside options that need a network. */
async function captureFor(flags: TraceFlags, file: string, name: string | undefined): Promise<TraceCapture> {
  if (flags.save !== undefined || flags.via !== undefined || name !== undefined) {
    throw new ZonecutError('ZC_USAGE', '--from judges a capture again, without a name, --via and --save', {
      hint: 'The capture has its own question, and what resolvers said to it.',
    });
  }
  return await readCapture(file);
}

async function traceNow(context: Context, question: Wanted, flags: TraceFlags): Promise<Traced> {
  const trustAnchors = await anchorsFor(flags, context.trustAnchors);
  const vias = await openVias(context, flags);
  try {
    return await traceAndCompare({ ...context, trustAnchors }, question, flags, vias);
  } finally {
    await Promise.all(vias.map(via => via.close()));
  }
}

async function traceAndCompare(
  context: Context,
  question: Wanted,
  flags: TraceFlags,
  vias: readonly OpenVia[],
): Promise<Traced> {
  const { world, net, hints, trustAnchors } = context;
  const exchanges: CapturedExchange[] = [];
  const seen: World = { ...world, dns: capturing(world.dns, captured => exchanges.push(captured)) };
  const at = new Date(world.clock.now()).toISOString();
  const began = world.clock.elapsed();
  const options = { hints, trustAnchors, port: net.port, limits: {} };
  const { trace: walked, ...beside } = await walk(context, seen, question, options);
  const tookMs = Math.round(world.clock.elapsed() - began);
  const via = await askAll(context, question, walked, vias);
  if (flags.save !== undefined) {
    const schema = 'zonecut/trace-capture/v1';
    const said = { question, hints, port: net.port, tookMs, exchanges, via };
    await saveCapture(flags.save, { schema, at, ...said, trustAnchors: printTrustAnchors(trustAnchors) });
  }
  return { trace: walked, ...beside, via, tookMs };
}

/** Walks again through what was said then, by the time of then. */
async function traceAgain(context: Context, capture: TraceCapture, flags: TraceFlags): Promise<Traced> {
  const { question, hints, port, exchanges, via, tookMs, at } = capture;
  context.terminal.note(`as it was at ${at}\n`);
  const { clock } = context.world;
  const then: Clock = {
    now: () => Date.parse(at),
    elapsed: () => clock.elapsed(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  const world: World = { ...context.world, clock: then, dns: replaying(exchanges) };
  const kept = capture.trustAnchors === '' ? noTrustAnchors : parseTrustAnchors(capture.trustAnchors);
  const trustAnchors = await anchorsFor(flags, kept);
  const walked = await walk(context, world, question, { hints, trustAnchors, port, limits: replayLimits });
  return { ...walked, via, tookMs };
}

async function anchorsFor({ trustAnchor }: TraceFlags, others: TrustAnchors): Promise<TrustAnchors> {
  return trustAnchor === undefined ? others : await trustAnchorsOf(trustAnchor);
}

async function walk(
  context: Context,
  world: World,
  question: Wanted,
  options: WalkOptions,
): Promise<Pick<Traced, 'trace' | 'security' | 'glue'>> {
  const { terminal, signal } = context;
  const walked = await traceName(world, question, {
    ...options,
    dnssecOk: options.trustAnchors.anchors.size > 0,
    signal,
    onLevel: level => terminal.live(`${terminal.paint.signs.busy} ${level.zone}`),
  });
  const enough = AbortSignal.any([signal, AbortSignal.timeout(glueTimeoutMs)]);
  const [glue, security] = await Promise.all([
    compareGlue(world, walked, { ...options, signal: enough }),
    judgeTrace(world, walked, { ...options, signal }),
  ]);
  signal.throwIfAborted();
  return { trace: walked, security, glue };
}

/** Opens every resolver of `--via`; what is no resolver is told before anything is asked. */
async function openVias(context: Context, flags: TraceFlags): Promise<readonly OpenVia[]> {
  const opened: OpenVia[] = [];
  if (flags.via === undefined) {
    return opened;
  }
  // Loaded only when wanted: it brings TLS and HTTP/2.
  const { openVia } = await import('../via.ts');
  try {
    for (const text of flags.via) {
      opened.push(await openVia(context, text, flags));
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map(via => via.close()));
    throw error;
  }
}

async function askAll(
  context: Context,
  question: Wanted,
  walked: Trace,
  vias: readonly OpenVia[],
): Promise<readonly ViaAnswer[]> {
  const { signal } = context;
  return await Promise.all(
    vias.map(via => askVia(via, question, walked.outcome, { timeoutMs: viaTimeoutMs, signal })),
  );
}

function printed(context: Context, traced: Traced, flags: TraceFlags): string {
  const { terminal } = context;
  const { trace: walked, security, glue, via, tookMs } = traced;
  const forms = [terminal.json, flags.dot === true, flags.mermaid === true].filter(wanted => wanted);
  if (forms.length > 1) {
    throw new ZonecutError('ZC_USAGE', 'more than one of --json, --dot and --mermaid was given');
  }
  if (flags.dot === true) {
    return traceDot(walked, security);
  }
  if (flags.mermaid === true) {
    return traceMermaid(walked, security);
  }
  if (terminal.json) {
    return `${JSON.stringify({ schema: 'zonecut/trace/v1', ...walked, security, glue, via, tookMs }, null, 2)}\n`;
  }
  const { paint } = terminal;
  return [
    traceText(walked, paint, { explain: flags.explain === true, security }),
    glueText(glue, paint),
    viaText(via, paint),
    paint.dim(`${tookMs} ms for all of it\n`),
  ].join('');
}
