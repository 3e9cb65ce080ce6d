import { readFile } from 'node:fs/promises';
import { messageOf, ZonecutError } from '../error.ts';
import {
  ianaTrustAnchors,
  joinTrustAnchors,
  noTrustAnchors,
  parseTrustAnchors,
  type TrustAnchors,
} from '../resolver/trust-anchors.ts';

/** Says in place of a file's name that the root is not signed, so that nothing can be validated. */
const noAnchors = 'none';

/**
 * The trust anchors of the world that `environment` describes: those in the file that ZONECUT_TRUST_ANCHORS names, no one
 * for `none`, IANA's unless it is set.
 *
 * Throws ZC_USAGE for a file that cannot be read, ZC_ZONEFILE for one without a trust anchor.
 */
export async function trustAnchorsIn(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<TrustAnchors> {
  const file = environment['ZONECUT_TRUST_ANCHORS'];
  if (file === undefined || file === '') {
    return ianaTrustAnchors;
  }
  return file === noAnchors ? noTrustAnchors : await readAnchors(file, 'ZONECUT_TRUST_ANCHORS');
}

/**
 * The trust anchors that `--trust-anchor` gave, each a file or the text of a DS or DNSKEY record.
 *
 * Throws as `trustAnchorsIn` does.
 */
export async function trustAnchorsOf(given: readonly string[]): Promise<TrustAnchors> {
  const option = '--trust-anchor';
  const each = given.map(async text =>
    isRecord(text) ? parseTrustAnchors(text) : await readAnchors(text, option),
  );
  return joinTrustAnchors(await Promise.all(each));
}

/** Whether `text` is a record rather than the name of a file: a type stands between its blanks. */
function isRecord(text: string): boolean {
  return /\s(?:DS|DNSKEY)\s/i.test(text);
}

async function readAnchors(file: string, setting: string): Promise<TrustAnchors> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ZonecutError(
      'ZC_USAGE',
      `${setting} names ${file}, which cannot be read: ${messageOf(cause)}`,
      {
        hint: 'Name a file of DS or DNSKEY records, or give a record such as: . IN DS 20326 8 2 E06D44B8...',
        cause,
      },
    );
  });
  return parseTrustAnchors(text);
}
