import type { Name } from '../dns/name.ts';
import type { Protocol, Random } from '../world/world.ts';
import type { NameServersSeen } from './beside.ts';
import type { KnownZone } from './delegations.ts';
import type { Frame } from './frame.ts';
import type { Ledger } from './ledger.ts';
import type { Limits } from './limits.ts';
import type { Memory } from './memory.ts';
import type { Candidate, Pool } from './pool.ts';
import type { Asked } from './query.ts';
import type { Resolution, Server } from './resolution.ts';
import type { Wanted } from './scrub.ts';

/** What the machine wants done: one server asked, or nothing more. */
export type Step =
  | {
      readonly kind: 'ask';
      readonly server: Server;
      readonly zone: Name;
      readonly question: Wanted;
      readonly timeoutMs: number;
      readonly edns: boolean;
      /** `tcp` for a server that does not echo the letters of a query. */
      readonly protocol: Protocol;
      /** Whether signatures are asked for. */
      readonly dnssecOk: boolean;
      /** Packets that may be sent for it, TCP and fallbacks included. */
      readonly maxAttempts: number;
      /** Milliseconds until the time of the whole question is over. */
      readonly leftMs: number;
    }
  | { readonly kind: 'done'; readonly resolution: Resolution };

/** One server to be asked. */
export type AskStep = Extract<Step, { readonly kind: 'ask' }>;

/** Packets for one step: UDP, then TCP, each once more without EDNS. */
export const maxAttemptsPerStep = 4;

/** What the machine waits for: a step, and where its answer goes. */
export interface Pending {
  readonly frame: Frame;
  readonly pool: Pool;
  readonly candidate: Candidate;
  readonly step: AskStep;
}

/** Resolution without I/O: says what to ask next, and is told what came of it. */
export interface ResolutionMachine {
  /** What to do at `nowMs`; the same again until `told`. */
  next(nowMs: number): Step;
  /** Takes what came of the last `ask`. */
  told(asked: Asked, nowMs: number): void;
  /** The zone whose servers were asked last for the caller's question; null while nothing was. */
  zone(): KnownZone | null;
}

/** What a machine works with. */
export interface MachineContext {
  /** Read and fed. For a resolution that must not look at anything remembered, a new one. */
  readonly memory: Memory;
  readonly limits: Limits;
  readonly random: Random;
  /** Shared with everything else that is done for the same question of a caller. */
  readonly ledger: Ledger;
  /** 0 for the caller's question; what hops of a further machine for it count from. */
  readonly depth: number;
  /** True asks for the target anew, whatever is remembered of it. */
  readonly refresh: boolean;
  /** Whether servers are asked for signatures (RFC 3225). */
  readonly dnssecOk: boolean;
  /** Whether what was found bogus a moment ago is of use, as nothing is validated. */
  readonly unchecked: boolean;
  /** Whether a signed denial of a name above ends the resolution; a validator has to say whether it holds. */
  readonly stopAtAbsence: boolean;
  /** Whether EDNS is used even with servers that seemed not to know it: without it there are no signatures. */
  readonly forceEdns: boolean;
  /** Addresses that are asked last. */
  readonly avoid: ReadonlySet<string>;
  /** False ends at the first alias, with the alias as the answer. */
  readonly followAliases: boolean;
  /** Whether the letters of names are mixed, so that servers which do not echo them are asked over TCP. */
  readonly mixCase: boolean;
  /** Whether glue of servers outside of the zone is a last resort only. */
  readonly verifyGlue: boolean;
  /** Takes the NS RRsets beside answers, for clients; null when none want them. */
  readonly beside: NameServersSeen | null;
  /** False sends whole names from the root on. */
  readonly minimise: boolean;
}
