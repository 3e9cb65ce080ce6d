import type { RRset } from '../../src/dns/rrset.ts';
import type { FaultKind } from '../../src/sandbox/faults.ts';
import type { Clock, HttpRequest } from '../../src/world/world.ts';
import type { ChildEdit } from './child-edits.ts';

/** Faults of requests that are not carried out. */
const inVain: readonly FaultKind[] = ['throttle', 'error-before', 'timeout-before', 'reset-before'];

/** An edit that somebody made. */
export interface Made {
  readonly rrset: RRset;
  /** Milliseconds of the clock; of an edit that had to be made again, the second time. */
  readonly atMs: number;
}

/**
 * The people who work in the hosts' consoles while zonecut is at work.
 *
 * Namecheap's API replaces whole zones, without any condition, and shows nothing by which an edit between a reading and the
 * writing that follows it could be noticed: the writing undoes it, unseen. No client of that API can keep it. People here
 * see it and make the edit again, and the simulation says how often they had to.
 */
export class People {
  readonly #clock: Clock;
  #made: readonly (Made & { readonly act: () => void })[] = [];
  /** How many of the edits came before the last reading: a moment can hold both. */
  #read = 0;
  readonly #fault: () => FaultKind | null;
  /** Edits that were undone unseen. */
  redone = 0;
  /** Edits of the child while it moved, in their order. */
  readonly childEdits: ChildEdit[] = [];
  /** Moments at which zonecut began to read the parent's zone. */
  readonly looks: number[] = [];
  /** Moments at which it began to look what was edited in the zone that a move leaves. */
  readonly oldLooks: number[] = [];
  /** What befalls the zone right after each of the next writings, the first one first. */
  readonly mishaps: (() => void)[] = [];

  /** `fault` tells what the last request met. */
  constructor(clock: Clock, fault: () => FaultKind | null) {
    this.#clock = clock;
    this.#fault = fault;
  }

  /** In the order in which they were made. */
  get made(): readonly Made[] {
    return this.#made;
  }

  edit(rrset: RRset, act: () => void): void {
    act();
    this.#made = [...this.#made, { rrset, atMs: this.#clock.elapsed(), act }];
  }

  /** Lets one request to a host through. */
  async watch<T>(request: HttpRequest, serve: () => Promise<T>): Promise<T> {
    const text = `${request.url}&${typeof request.body === 'string' ? request.body : ''}`;
    const command = /[?&]command=([^&]*)/i.exec(text)?.[1] ?? '';
    const served = await serve();
    const fault = this.#fault();
    if (/getHosts$/i.test(command) && fault === null) {
      this.#read = this.#made.length;
    } else if (/setHosts$/i.test(command) && !(fault !== null && inVain.includes(fault))) {
      // The host loses a row of what was written, none that somebody adds after it.
      this.mishaps.shift()?.();
      const undone = this.#made.slice(this.#read);
      this.#made = this.#made.slice(0, this.#read);
      this.redone += undone.length;
      for (const { rrset, act } of undone) {
        this.edit(rrset, act);
      }
    }
    return served;
  }
}
