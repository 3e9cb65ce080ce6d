import type { AuditProgress } from '../audit/audit.ts';
import type { Summary } from '../audit/summary.ts';
import { auditProgressText, auditSummaryText, type SummaryPlace } from '../report/audit-text.ts';
import type { Context } from './context.ts';

/** Milliseconds between two lines where no terminal shows one that changes. */
const heartbeatMs = 30_000;
/** Milliseconds of late that the rate is taken from. */
const rateMs = 20_000;
/** The part of the input from which on its length is guessed. */
const leastShare = 0.01;

/** Shows how far an audit is, and what it found. */
export class AuditWatch {
  readonly #context: Context;
  readonly #share: () => number | null;
  /** Names that had ended at a time, the oldest first. */
  readonly #marks: { readonly ms: number; readonly ended: number }[] = [];
  #beganMs: number;
  /** Names that were judged before this process began. */
  #before = 0;
  #toldMs: number;

  /** `share` is the part of the input whose names have begun; null where nobody knows. */
  constructor(context: Context, share: () => number | null) {
    this.#context = context;
    this.#share = share;
    this.#beganMs = context.world.clock.elapsed();
    this.#toldMs = this.#beganMs;
  }

  /** Shows how it stands: a line that changes on a terminal, else one now and then. */
  show(progress: AuditProgress): void {
    const { terminal, world } = this.#context;
    const nowMs = world.clock.elapsed();
    const { ended, underWay, summary } = progress;
    // What was done by a process before is read again at once, and says nothing of how long the rest takes.
    if (ended === 0) {
      this.#before = summary.names;
      this.#beganMs = nowMs;
      this.#marks.length = 0;
    }
    const ratePerSecond = this.#rate(nowMs, ended);
    const names = this.#before + ended;
    const share = this.#share();
    const total = share === null || share < leastShare ? null : (names + underWay) / share;
    const text = auditProgressText(progress, { names, ratePerSecond, total });
    if (terminal.isLive) terminal.live(`${terminal.paint.signs.busy} ${text}`);
    else if (nowMs - this.#toldMs >= heartbeatMs) {
      this.#toldMs = nowMs;
      terminal.note(`${text}\n`);
    }
  }

  #rate(ms: number, ended: number): number {
    this.#marks.push({ ms, ended });
    while ((this.#marks[1]?.ms ?? ms) <= ms - rateMs) this.#marks.shift();
    const [oldest] = this.#marks;
    return oldest === undefined || oldest.ms === ms ? 0 : (1000 * (ended - oldest.ended)) / (ms - oldest.ms);
  }

  /** Shows what it found. */
  end(summary: Summary, { output, source }: Pick<SummaryPlace, 'output' | 'source'>): void {
    const { terminal, world } = this.#context;
    const seconds = (world.clock.elapsed() - this.#beganMs) / 1000;
    const place = { columns: process.stderr.columns ?? 100, output, source };
    const ended = summary.names - this.#before;
    terminal.note(auditSummaryText(summary, ended, seconds, place, terminal.paint));
    if (terminal.json && output !== null) {
      terminal.print(`${JSON.stringify({ schema: 'zonecut/audit/v1', ...summary }, null, 2)}\n`);
    }
  }
}
