import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { Outcome } from '../caller.ts';
import type {
  Capabilities,
  HostedZone,
  Identity,
  ProviderId,
  Rights,
  RRsetChange,
  ZoneSigning,
} from '../provider.ts';
import type { Method, RestClient, RestFault } from './client.ts';
import type { HostRow, RestZone } from './rows.ts';

/** One request that writes records. It is sent once; what became of it is read. */
export interface RestWrite {
  readonly method: Method;
  readonly path: string;
  readonly body: unknown;
  /** Such as the condition under which the host makes the change (RFC 9110 section 13). */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A new zone. */
export interface NewZone {
  readonly apex: Name;
  /** As the caller gave it, for hosts that keep it whole and tell it in `HostedZone.reference`. */
  readonly reference: string;
  /** Stands for the reference elsewhere; see `markOf`. */
  readonly mark: string;
  /** Empty where the host has no `seedsAtomically`. */
  readonly seed: readonly RRset[];
}

/** What is of one host's own in a driver for an HTTP API of records; `openRest` makes a Provider of it. */
export interface RestHost {
  readonly id: ProviderId;
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly client: RestClient;
  whoAmI(signal: AbortSignal | undefined): Promise<Identity>;
  /** `owner` is the name that would be written, where it is known. */
  rights(zone: HostedZone | null, signal: AbortSignal | undefined, owner: Name | null): Promise<Rights>;
  /** All zones, page after page. */
  zones(signal: AbortSignal | undefined): AsyncIterable<HostedZone>;
  /** The zone of exactly that apex, with its name servers; null when there is none. */
  find(apex: Name, signal: AbortSignal | undefined): Promise<HostedZone | null>;
  /** All zones of that apex, where there can be several; `find` gives one of them. */
  findAll?(apex: Name, signal: AbortSignal | undefined): Promise<readonly HostedZone[]>;
  /** Every row of the zone, page after page. */
  read(zone: HostedZone, signal: AbortSignal | undefined): Promise<readonly HostRow[]>;
  /**
   * The requests that make `changes` of a zone as it is now, in the order in which they are sent; one request where the host
   * has `atomicBatches`. Throws ZC_PROVIDER_REFUSED for what the host has no way to say.
   */
  writesOf(zone: HostedZone, changes: readonly RRsetChange[], now: RestZone): readonly RestWrite[];
  /** Why the host has no way to hold an RRset, as the end of a sentence; null where it has. Asked before anything is sent. */
  cannotHold?(zone: HostedZone, rrset: RRset): string | null;
  /** Whether a refused write says that the records are no longer as they were read: they are read again then. */
  isStale?(fault: RestFault): boolean;
  /** Whether an RRset is as a call that was broken off between two requests can have left it; never unless given. */
  isBetween?(change: RRsetChange, now: RestZone): boolean;
  /** Rows that one request takes, where the host has `atomicBatches` for so many only; any number unless given. */
  readonly batchRows?: number;
  /** Waits until the host has carried out what it accepted, where it tells; throws where it failed. */
  settle?(answer: unknown, signal: AbortSignal | undefined): Promise<void>;
  /**
   * Lets the name servers have what is written, at hosts where that takes a call of its own: after changes were `made`, and when
   * they were `there` already, since an earlier call may have been broken off before this.
   */
  publish?(zone: HostedZone, changes: 'made' | 'there', signal: AbortSignal | undefined): Promise<void>;
  /** Whether a row belongs to the host, and no snapshot shows it. */
  hides(zone: HostedZone, row: HostRow): boolean;
  /** Creates a zone with its seed; null where the host creates none. */
  readonly create: ((zone: NewZone, signal: AbortSignal | undefined) => Promise<Outcome<unknown>>) | null;
  /**
   * The mark that a zone was made with, where that is not in the record that `markerOf` makes; null where none is found, and where
   * `HostedZone.reference` tells it.
   */
  markIn?(zone: HostedZone, now: RestZone): string | null;
  /**
   * Seconds, the TTL of the record with the mark, where that is written after the creation: an empty zone without a mark then
   * counts as made by a call that was broken off in between.
   */
  readonly markTtl?: number;
  /** Deletes a zone; one that was `empty` a moment ago is not emptied first, at hosts that refuse to delete others. */
  remove(
    zone: HostedZone,
    signal: AbortSignal | undefined,
    what: 'empty' | 'with its records',
  ): Promise<void>;
  readSigning?(zone: HostedZone, signal: AbortSignal | undefined): Promise<ZoneSigning>;
  signZone?(zone: HostedZone, signal: AbortSignal | undefined): Promise<ZoneSigning>;
  unsignZone?(zone: HostedZone, signal: AbortSignal | undefined): Promise<void>;
}
