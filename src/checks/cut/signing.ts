import { rrsigOf } from '../../dns/dnssec.ts';
import { compareSerials } from '../../dns/serial.ts';
import type { ChildFacts, CutFacts } from '../../survey/facts.ts';
import { wantedLines } from './ds-match.ts';
import type { Check, Hit } from './finding.ts';
import { dsOfCut, keyedChildren, signedAt } from './keyed.ts';
import { hit, listText, remedy, serversText, serverText } from './parts.ts';
import { decidingParents, workingChildren } from './said.ts';

/** A signed zone without DS records at the parent. */
export const signedNoDs: Check = {
  id: 'signed-no-ds',
  rule: 'RFC 4035 section 2.4, RFC 8078, RFC 9615',
  find: facts => {
    const keyed = keyedChildren(facts);
    const isSigned =
      keyed.length > 0 && keyed.every(({ state, signatures }) => state === 'keys' && signatures.length > 0);
    const isSeen = decidingParents(facts).length > 0 && facts.given === null;
    return !isSigned || !isSeen || dsOfCut(facts).length > 0
      ? []
      : [
          hit(
            `${facts.cut} is signed, and the parent has no DS records for it: that protects nobody`,
            remedy('add the DS records at the parent, or publish CDS where it looks for them', {
              parent: wantedLines(facts),
            }),
            { seen: keyed.slice(0, 1).map(({ seen }) => seen) },
          ),
        ];
  },
};

/** Servers of the cut that show different keys. */
export const childSigningInconsistent: Check = {
  id: 'child-signing-inconsistent',
  rule: 'RFC 4035 section 2.1',
  find: facts => {
    const groups = new Map<string, ReturnType<typeof keyedChildren>>();
    for (const keyed of keyedChildren(facts).filter(({ state }) => state !== 'unavailable')) {
      const text = keyed.keys?.data.toSorted().join('|') ?? '';
      groups.set(text, [...(groups.get(text) ?? []), keyed]);
    }
    const said = [...groups].map(
      ([text, keyed]) =>
        `${text === '' ? 'no keys' : `${text.split('|').length} keys`} at ${serversText(keyed.map(({ seen }) => seen.server))}`,
    );
    return groups.size < 2
      ? []
      : [
          hit(
            `the servers of ${facts.cut} show different keys: ${listText(said)}`,
            remedy(
              'wait for the transfer; a server that signs by itself needs the keys of the others (RFC 8901)',
            ),
            { seen: [...groups.values()].flat().map(({ seen }) => seen) },
          ),
        ];
  },
};

/** A server of a signed zone that does not give its keys. */
export const dnskeyUnavailable: Check = {
  id: 'dnskey-unavailable',
  rule: 'RFC 4035 section 2.1',
  find: facts => {
    const keyed = keyedChildren(facts);
    const isSigned = dsOfCut(facts).length > 0 || keyed.some(({ state }) => state === 'keys');
    return (isSigned ? keyed : [])
      .filter(({ state }) => state === 'unavailable')
      .map(({ seen, why }) =>
        hit(
          `${serverText(seen.server)} does not give the keys of ${facts.cut}: ${why}`,
          remedy('mend that server'),
          { seen: [seen] },
        ),
      );
  },
};

/** Seconds before the expiration of a signature from which it is told, if that is a small part of its time as well. */
const soonSeconds = 3 * 86_400;
/** The part of its time that is small. */
const smallPart = 0.2;

/** Signatures that do not count any more, or not yet. */
export const rrsigExpired: Check = {
  id: 'rrsig-expired',
  rule: 'RFC 4035 section 5.3.1',
  find: facts =>
    timed(facts, 'expired', ({ untilSeconds, sinceSeconds }) =>
      untilSeconds < 0
        ? `expired ${dayText(-untilSeconds)} ago`
        : sinceSeconds < 0
          ? `begins in ${dayText(-sinceSeconds)}`
          : null,
    ),
};

/** Signatures that expire soon. */
export const rrsigExpiring: Check = {
  id: 'rrsig-expiring',
  rule: 'RFC 6781 section 4.4.2',
  find: facts =>
    timed(facts, 'expiring', ({ untilSeconds, sinceSeconds }) => {
      // What is not valid yet has more than all of its time before it.
      const isSoon = untilSeconds < soonSeconds && untilSeconds < smallPart * (untilSeconds + sinceSeconds);
      return untilSeconds >= 0 && isSoon ? `expires in ${dayText(untilSeconds)}` : null;
    }),
};

interface Times {
  /** Seconds to the expiration; negative when it is over. */
  readonly untilSeconds: number;
  /** Seconds since the inception; negative before it. */
  readonly sinceSeconds: number;
}

/** A hit for each server with an RRset at the apex all of whose signatures by one algorithm are faulty by `fault`. */
function timed(facts: CutFacts, what: string, fault: (times: Times) => string | null): readonly Hit[] {
  return workingChildren(facts).flatMap(child => {
    const odd = ['SOA', 'NS', 'DNSKEY', 'CDS'].flatMap(type => oddSignatures(child, type, facts, fault));
    return odd.length === 0
      ? []
      : [
          hit(
            `${serverText(child.soa.server)} gives ${what} signatures: ${odd.join(', ')}`,
            remedy(`sign ${facts.cut} again, and see why its signer has not done so`),
            { seen: [child.soa] },
          ),
        ];
  });
}

function oddSignatures(
  child: ChildFacts,
  type: string,
  facts: CutFacts,
  fault: (times: Times) => string | null,
): readonly string[] {
  const signatures = (signedAt(child, type)?.signatures ?? []).map(rrsigOf);
  return [...new Set(signatures.map(({ algorithm }) => algorithm))].flatMap(algorithm => {
    const found = signatures
      .filter(signature => signature.algorithm === algorithm)
      .map(({ expiration, inception }) => fault(timesOf(expiration, inception, facts.takenAtMs)));
    const [first] = found;
    return first != null && found.every(text => text !== null) ? [`${type} ${first}`] : [];
  });
}

/** Distances on the circle of 32 bits (RFC 4034 section 3.1.5). */
function timesOf(expiration: number, inception: number, nowMs: number): Times {
  const now = Math.floor(nowMs / 1000) % 0x100000000;
  const distance = (from: number, to: number): number => {
    const ahead = (to - from + 0x100000000) % 0x100000000;
    return compareSerials(from, to) > 0 ? ahead - 0x100000000 : ahead;
  };
  return { untilSeconds: distance(now, expiration), sinceSeconds: distance(inception, now) };
}

function dayText(seconds: number): string {
  return seconds < 2 * 86_400 ? `${Math.ceil(seconds / 3600)} hours` : `${Math.floor(seconds / 86_400)} days`;
}
