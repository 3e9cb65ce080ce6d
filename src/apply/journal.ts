import type { Name } from '../dns/name.ts';
import type { Rdata, RRset } from '../dns/rrset.ts';
import type { Plan } from '../plan/plan.ts';
import type { HostedZone } from '../providers/provider.ts';

/** What a finished step leaves behind for the steps after it. */
export interface StepResult {
  /** The zone that was created or found, with its name servers. */
  readonly zone?: HostedZone;
  /** The NS set that was proven or written. */
  readonly ns?: readonly Name[];
  /** The DS data that the child's keys stand for, or that was written. */
  readonly ds?: readonly Rdata[];
  /** The digest of a zone that this step changed as it was meant to. */
  readonly digest?: string;
  /** What the zone that a move leaves held when the new zone was last made equal to it. */
  readonly records?: readonly RRset[];
  /** One line for people. */
  readonly note: string;
}

/** What a zone held before a step wrote it. */
export interface KeptRows {
  readonly rrsets: readonly RRset[];
  /** Rows that are no RRsets, each as one text. */
  readonly others: readonly string[];
}

/** One line of a journal. What is not in it did not happen. */
export type JournalEvent =
  | { readonly kind: 'run-started'; readonly at: string; readonly plan: Plan; readonly digest: string }
  | { readonly kind: 'run-resumed'; readonly at: string }
  /** The step is about to have effects. `deadlineMs` (since 1970) is kept for waits, so that a restart does not wait anew. */
  | {
      readonly kind: 'step-started';
      readonly at: string;
      readonly step: string;
      readonly deadlineMs?: number;
    }
  | {
      readonly kind: 'step-finished';
      readonly at: string;
      readonly step: string;
      readonly result: StepResult;
    }
  | {
      readonly kind: 'step-failed';
      readonly at: string;
      readonly step: string;
      readonly code: string;
      readonly message: string;
    }
  /** What a zone holds that the step is about to write whole, or to take away. */
  | ({ readonly kind: 'zone-kept'; readonly at: string; readonly step: string } & KeptRows)
  /** Run `by` takes back what this one did: nobody may go on with it. */
  | { readonly kind: 'run-undone'; readonly at: string; readonly by: string }
  | { readonly kind: 'run-finished'; readonly at: string };

/** Where a run is written down. */
export interface Journal {
  /** All events so far, in order. */
  readonly events: readonly JournalEvent[];
  /** Resolves when the event is on the disk (fsync): only then may the next thing be done. Throws ZC_JOURNAL. */
  append(event: JournalEvent): Promise<void>;
}

/** Where a run stands, derived from its journal. */
export interface RunState {
  readonly plan: Plan;
  readonly digest: string;
  readonly results: ReadonlyMap<string, StepResult>;
  /** Deadlines of waits that have begun. */
  readonly deadlines: ReadonlyMap<string, number>;
  readonly started: ReadonlySet<string>;
  /** What a zone that is written whole, or taken away, held before each step's last write of it. */
  readonly kept: ReadonlyMap<string, KeptRows>;
  readonly finished: boolean;
  /** The run that takes this one back; null for none. */
  readonly undoneBy: string | null;
  /** The sentence of the failure that the run ended with last; null when it ended with none. */
  readonly lastError: string | null;
}

/** Reads where a run stands; null when the journal holds no plan yet. */
export function runStateOf(events: readonly JournalEvent[]): RunState | null {
  const [first] = events;
  if (first?.kind !== 'run-started') {
    return null;
  }
  const results = new Map<string, StepResult>();
  const deadlines = new Map<string, number>();
  const kept = new Map<string, KeptRows>();
  const started = new Set<string>();
  let finished = false;
  let undoneBy: string | null = null;
  let lastError: string | null = null;
  for (const event of events) {
    switch (event.kind) {
      case 'step-started':
        started.add(event.step);
        if (event.deadlineMs !== undefined) {
          deadlines.set(event.step, event.deadlineMs);
        }
        break;
      case 'step-finished':
        results.set(event.step, event.result);
        lastError = null;
        break;
      case 'zone-kept':
        kept.set(event.step, { rrsets: event.rrsets, others: event.others });
        break;
      case 'step-failed':
        lastError = event.message;
        break;
      case 'run-undone':
        undoneBy = event.by;
        break;
      case 'run-finished':
        finished = true;
        break;
      default:
        break;
    }
  }
  return {
    plan: first.plan,
    digest: first.digest,
    results,
    deadlines,
    started,
    kept,
    finished,
    undoneBy,
    lastError,
  };
}
