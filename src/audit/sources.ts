import { type Name, octetsOfName, parseName } from '../dns/name.ts';
import { ZoneFileReader } from '../dns/zonefile-stream.ts';
import { ZonecutError } from '../error.ts';
import { Batch } from './batch.ts';
import { type AuditLimits, auditLimits } from './limits.ts';
import { NameLines, type NameTaker } from './name-lines.ts';

/** Octets of an input that come in pieces; a file that is open, for example. */
export type Pieces = AsyncIterable<Uint8Array>;

/** Takes names where they end up in the batch that is under way. */
class Batches implements NameTaker {
  #batch = new Batch();

  name(octets: Uint8Array, length: number): void {
    this.#batch.name(octets, length);
  }

  problem(line: number, text: string, why: string): void {
    this.#batch.problem(line, text, why);
  }

  take(): Batch {
    const batch = this.#batch;
    this.#batch = new Batch();
    return batch;
  }
}

/** The names of a list, one a line; see `NameLines`. Rejects with what the pieces throw. */
export async function* namesOfLines(
  pieces: Pieces,
  limits: AuditLimits = auditLimits,
): AsyncGenerator<Batch, void, undefined> {
  const batches = new Batches();
  const lines = new NameLines(limits, batches);
  for await (const piece of pieces) {
    lines.push(piece);
    yield batches.take();
  }
  lines.end();
  yield batches.take();
}

/** What relative names end in where nobody has said what they are relative to. */
const nowhere = parseName('no-origin.invalid');

/**
 * The cuts of a zone file: every owner of NS records but the zone's own name, which is that of its first SOA.
 *
 * `origin` is what relative names are relative to until `$ORIGIN` says; null where that is not known, and then a relative name
 * that counts is ZC_USAGE. Entries that are wrong are problems, and the others count. Holds no more than a piece and an entry.
 */
export async function* cutsOfZoneFile(
  pieces: Pieces,
  origin: Name | null = null,
): AsyncGenerator<Batch, void, undefined> {
  const batches = new Batches();
  const reader = new ZoneFileReader({ origin: origin ?? nowhere });
  let apex: Name | null = null;
  let last: Name | null = null;
  const take = (items: ReturnType<ZoneFileReader['end']>): Batch => {
    for (const item of items) {
      if (item.kind === 'problem') {
        if (item.severity === 'error') batches.problem(item.line, '', item.message);
        continue;
      }
      if ((item.type === 'SOA' || item.type === 'NS') && item.owner.endsWith(nowhere))
        throw noOrigin(item.owner);
      if (item.type === 'SOA') apex ??= item.owner;
      if (item.type !== 'NS' || item.owner === apex || item.owner === last) continue;
      last = item.owner;
      const octets = octetsOfName(item.owner);
      if (octets.length > 1) batches.name(octets, octets.length);
    }
    return batches.take();
  };
  for await (const piece of pieces) yield take(reader.push(piece));
  yield take(reader.end());
}

function noOrigin(owner: Name): ZonecutError {
  const said = owner === nowhere ? '@' : owner.slice(0, -nowhere.length - 1);
  return new ZonecutError('ZC_USAGE', `the zone file has the relative name ${said} before any $ORIGIN`, {
    hint: 'Say what it is relative to, which is the name of the zone: --origin example.com.',
  });
}

/** The names of a sequence, such as the cuts of an account, so many to a batch. */
export async function* namesOf(
  names: AsyncIterable<Name> | Iterable<Name>,
): AsyncGenerator<Batch, void, undefined> {
  const batches = new Batches();
  let waiting = 0;
  for await (const name of names) {
    const octets = octetsOfName(name);
    if (octets.length > 1) batches.name(octets, octets.length);
    waiting += 1;
    if (waiting === 1_000) {
      waiting = 0;
      yield batches.take();
    }
  }
  yield batches.take();
}
