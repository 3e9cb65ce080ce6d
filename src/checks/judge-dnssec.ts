import type { CutFacts } from '../survey/facts.ts';
import { apexTypes, type KeyView } from '../survey/keys.ts';
import type { Proof } from '../survey/proof.ts';
import { cdsDelete, cdsInconsistent, cdsInvalid, cdsUntrusted, cdsUpdatePending } from './cut/cds.ts';
import { csyncPending } from './cut/csync-pending.ts';
import { dnskeyNotSignedByDs, dsAlgorithmUnsigned, dsNoMatch, dsUnsignedZone } from './cut/ds-match.ts';
import type { Check, Hit } from './cut/finding.ts';
import { dsOfCut, keyedChildren, signedAt } from './cut/keyed.ts';
import { parentInconsistent } from './cut/parent-inconsistent.ts';
import { childSigningInconsistent, dnskeyUnavailable, rrsigExpired } from './cut/signing.ts';
import type { Finding, FindingCode, Severity } from './finding.ts';
import { judgeKeys } from './keys.ts';

/** A check of `zonecut check` that counts here, and how much. */
interface Counted {
  readonly check: Check & { readonly id: FindingCode };
  /** With DS records at the parent, and without. */
  readonly severity: readonly [Severity, Severity];
  /** The only variant that counts; all unless given. */
  readonly variant?: string;
}

/** What makes validating resolvers refuse the cut, or will when DS records are published (RFC 4035 section 5). */
const breaking: readonly Counted[] = [
  { check: named('parent-inconsistent', parentInconsistent), severity: ['error', 'error'], variant: 'ds' },
  { check: named('ds-unsigned-zone', dsUnsignedZone), severity: ['error', 'error'] },
  // Of DS records some of which fit, the others are for a roll of keys.
  { check: named('ds-no-match', dsNoMatch), severity: ['error', 'error'], variant: 'none' },
  { check: named('dnskey-not-signed-by-ds', dnskeyNotSignedByDs), severity: ['error', 'error'] },
  { check: named('ds-algorithm-unsigned', dsAlgorithmUnsigned), severity: ['error', 'error'] },
  { check: named('child-signing-inconsistent', childSigningInconsistent), severity: ['error', 'warning'] },
  { check: named('dnskey-unavailable', dnskeyUnavailable), severity: ['error', 'warning'] },
  { check: named('rrsig-expired', rrsigExpired), severity: ['error', 'warning'] },
];

/** What the child asks its parent for, and has not got (RFC 7344, RFC 7477, RFC 8078). */
const wishes: readonly Counted[] = [
  { check: named('cds-update-pending', cdsUpdatePending), severity: ['warning', 'warning'] },
  { check: named('cds-delete', cdsDelete), severity: ['warning', 'warning'] },
  { check: named('cds-invalid', cdsInvalid), severity: ['warning', 'warning'] },
  { check: named('cds-untrusted', cdsUntrusted), severity: ['warning', 'warning'] },
  { check: named('cds-inconsistent', cdsInconsistent), severity: ['warning', 'warning'] },
  { check: named('csync-pending', csyncPending), severity: ['warning', 'warning'] },
];

function named(id: FindingCode, check: Check): Counted['check'] {
  return { ...check, id };
}

/**
 * What is wrong with the DNSSEC of the cut that `proof` shows, by the checks of `zonecut check`; nothing where it was not asked for.
 *
 * What no check tells, and a validator refuses all the same, is `chain-bogus`.
 */
export function judgeDnssec({ cut, security }: Proof): readonly Finding[] {
  if (security === undefined) {
    return [];
  }
  const { facts, chain } = security;
  const hasDs = dsOfCut(facts).length > 0;
  const broken = breaking.flatMap(counted => findingsOf(counted, facts, hasDs));
  const found = broken.some(({ code }) => code !== 'parent-inconsistent');
  const rest = found ? [] : faultsBeside(facts, hasDs);
  const isUntold = chain?.kind === 'bogus' && !found && rest.length === 0;
  return [
    ...broken,
    ...rest,
    ...wishes.flatMap(counted => findingsOf(counted, facts, hasDs)),
    ...(isUntold ? [bogus(facts, 'error', `validating resolvers refuse ${cut}: ${chain.reason}`)] : []),
  ];
}

function findingsOf(
  { check, severity: [withDs, without], variant }: Counted,
  facts: CutFacts,
  hasDs: boolean,
): readonly Finding[] {
  return check
    .find(facts)
    .filter(hit => variant === undefined || hit.variant === variant)
    .map(hit => findingOf(check.id, hasDs ? withDs : without, hit, facts));
}

function findingOf(code: FindingCode, severity: Severity, hit: Hit, { cut }: CutFacts): Finding {
  const { text, remedy } = hit;
  return {
    ...{ code, severity, subject: cut, server: null, text },
    remedy: `${remedy.text}; \`zonecut check ${cut}\` has the lines`,
  };
}

/** What validators that ask one of the servers hold against it: signatures over SOA, NS and the like that do not count (RFC 4035 section 5.3). */
function faultsBeside(facts: CutFacts, hasDs: boolean): readonly Finding[] {
  const views = keyViewsOf(facts);
  const found = judgeKeys(views, facts.cut, facts.takenAtMs / 1000);
  return views.length === 0 || found.kind !== 'problem' || (!hasDs && !found.text.includes('DNSKEY'))
    ? []
    : [bogus(facts, hasDs ? 'error' : 'warning', found.text)];
}

function bogus({ cut }: CutFacts, severity: Severity, text: string): Finding {
  const code = 'chain-bogus';
  return { code, severity, subject: cut, server: null, text, remedy: `zonecut trace ${cut}` };
}

/** What each server that answers for the cut shows of its keys and of what they sign. */
function keyViewsOf(facts: CutFacts): readonly KeyView[] {
  return keyedChildren(facts).map(({ child, seen, state, why }) => ({
    server: seen.server,
    rrsets: apexTypes.flatMap(type => signedAt(child, type) ?? []),
    problem: state === 'unavailable' ? why : null,
  }));
}
