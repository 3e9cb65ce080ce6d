import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Account } from '../audit/account.ts';
import type { Batch } from '../audit/batch.ts';
import { cutsOfZoneFile, namesOf, namesOfLines } from '../audit/sources.ts';
import { cutsByTransfer } from '../audit/transfer.ts';
import { nameFromUser } from '../dns/idn.ts';
import type { Name } from '../dns/name.ts';
import { isZonecutError, messageOf, ZonecutError } from '../error.ts';
import { type Context, parseEndpoint } from './context.ts';

/** Options of `audit` that say where the names come from. */
export interface SourceFlags {
  readonly zoneFile?: boolean;
  readonly origin?: string;
  readonly axfr?: string;
  readonly host?: string;
}

/** Names, and the part of the input whose names have begun, null where nobody knows. */
export interface AuditInput {
  readonly batches: AsyncIterable<Batch>;
  share(): number | null;
}

/** Throws ZC_USAGE unless one source is given, and only what belongs to it. */
export function checkSource(source: string | undefined, flags: SourceFlags): void {
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
  if (flags.zoneFile === true && source === undefined) {
    throw new ZonecutError('ZC_USAGE', '--zone-file says how a file is read, and the source is none', {
      hint: 'Leave it out, or give a file or - for standard input.',
    });
  }
  if (flags.origin !== undefined && flags.zoneFile !== true) {
    throw new ZonecutError('ZC_USAGE', '--origin is for the relative names of a zone file', {
      hint: 'Add --zone-file where the source is one; names of a list are whole.',
    });
  }
}

/** Opens the source; `account` is the one of `--host`. Throws ZC_USAGE for what cannot be read, and what an account's host throws. */
export async function openInput(
  context: Context,
  source: string | undefined,
  flags: SourceFlags,
  account: Account | null,
): Promise<AuditInput> {
  if (account !== null) return { batches: namesOf(account.cuts()), share: () => account.share };
  if (flags.axfr !== undefined) return await transferInput(context, flags.axfr);
  return await fileInput(source ?? '-', flags);
}

async function transferInput(context: Context, axfr: string): Promise<AuditInput> {
  const [, zone = '', server = ''] = /^(.+)@(.+)$/.exec(axfr) ?? [];
  if (zone === '') {
    throw new ZonecutError('ZC_USAGE', `--axfr is "${axfr}"`, {
      hint: 'Such as --axfr example.com@192.0.2.1.',
    });
  }
  const cuts = await cutsByTransfer(context.world, nameFromUser(zone), parseEndpoint(server), context.signal);
  let begun = 0;
  const counted = function* (): Generator<Name, void, undefined> {
    for (const cut of cuts) {
      yield cut;
      begun += 1;
    }
  };
  return { batches: namesOf(counted()), share: () => (cuts.length === 0 ? null : begun / cuts.length) };
}

/** Octets of a file that are read at once: a small file has several pieces too, so that how far it is can be told. */
const minPieceOctets = 4 * 1024;
const maxPieceOctets = 64 * 1024;

async function fileInput(source: string, { zoneFile, origin }: SourceFlags): Promise<AuditInput> {
  const octets = source === '-' ? null : await sizeOf(source);
  const highWaterMark = Math.min(maxPieceOctets, Math.max(minPieceOctets, (octets ?? 0) >> 6));
  const stream = source === '-' ? process.stdin : createReadStream(source, { highWaterMark });
  const what = source === '-' ? 'standard input' : source;
  let read = 0;
  const pieces = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of stream) {
        if (read === 0) refuseOtherFormats(piece, what);
        yield piece;
        // The next piece is asked for when all names of this one have begun.
        read += piece.length;
      }
    } catch (cause) {
      throw isZonecutError(cause) ? cause : unreadable(what, cause);
    }
  };
  const batches =
    zoneFile === true
      ? cutsOfZoneFile(pieces(), origin === undefined ? null : nameFromUser(origin))
      : namesOfLines(pieces());
  return { batches, share: () => (octets === null || octets === 0 ? null : read / octets) };
}

/** How files begin that are lists of names only when something has unpacked them, in hexadecimal digits. */
const otherFormats: readonly (readonly [string, string, string])[] = [
  ['1f8b', 'compressed by gzip', 'gzip -dc'],
  ['28b52ffd', 'compressed by Zstandard', 'zstd -dc'],
  ['fd377a585a00', 'compressed by xz', 'xz -dc'],
  ['425a68', 'compressed by bzip2', 'bzip2 -dc'],
  ['504b0304', 'a ZIP archive', 'unzip -p'],
  ['fffe', 'in UTF-16', 'iconv -f UTF-16 -t UTF-8'],
  ['feff', 'in UTF-16', 'iconv -f UTF-16 -t UTF-8'],
];

function refuseOtherFormats(piece: Uint8Array, what: string): void {
  const beginning = Buffer.from(piece.subarray(0, 8)).toString('hex');
  const found = otherFormats.find(([magic]) => beginning.startsWith(magic));
  if (found === undefined) return;
  const [, format, command] = found;
  throw new ZonecutError('ZC_USAGE', `${what} is ${format}, names as text are wanted`, {
    hint: `${command} FILE | zonecut audit -`,
  });
}

function unreadable(what: string, cause: unknown): ZonecutError {
  return new ZonecutError('ZC_USAGE', `cannot read ${what}: ${messageOf(cause)}`, { cause });
}

/** The octets of a file that can be read; null for a pipe or a device. Throws ZC_USAGE. */
export async function sizeOf(file: string): Promise<number | null> {
  const found = await stat(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  if (found.isDirectory()) throw new ZonecutError('ZC_USAGE', `${file} is a folder, a file is wanted`);
  return found.isFile() ? found.size : null;
}
