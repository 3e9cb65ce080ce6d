import { dsMatches, dsOfKey } from '../dns/dnssec.ts';
import type { Name } from '../dns/name.ts';
import type { Rdata } from '../dns/rrset.ts';
import { type KeyView, signedIn } from '../survey/keys.ts';
import type { Proof } from '../survey/proof.ts';
import { dsShown } from '../survey/security.ts';
import type { Finding, FindingCode, Severity } from './finding.ts';
import { judgeKeys, type KeysFound, wantedDs } from './keys.ts';

/** What is wrong with the DNSSEC of the cut that `proof` shows; nothing where it was not asked for. */
export function judgeDnssec(proof: Proof): readonly Finding[] {
  const { security, cut } = proof;
  if (security === undefined) {
    return [];
  }
  const find = (code: FindingCode, severity: Severity, text: string, remedy: string): Finding => ({
    ...{ code, severity, subject: cut, server: null, text, remedy },
  });
  const ds = [...new Set(security.ds.flatMap(view => dsShown(view) ?? []))].sort();
  const found = judgeKeys(security.keys, cut, proof.takenAtMs / 1000);
  const broken = judgeChain(cut, ds, found, find);
  const findings = [
    ...(sets(security.ds).size > 1
      ? [
          find(
            'ds-inconsistent',
            'error',
            `the servers of ${proof.parentApex} give ${sets(security.ds).size} different DS sets`,
            'wait for the host to publish, or publish again',
          ),
        ]
      : []),
    ...broken,
    ...judgeWishes(proof, ds, found, find),
  ];
  // The cause is named already where there is one.
  return security.chain?.kind === 'bogus' && broken.length === 0
    ? [
        ...findings,
        find(
          'chain-bogus',
          'error',
          `validating resolvers refuse ${cut}: ${security.chain.reason}`,
          `zonecut trace ${cut}`,
        ),
      ]
    : findings;
}

type Find = (code: FindingCode, severity: Severity, text: string, remedy: string) => Finding;

function sets(views: readonly Parameters<typeof dsShown>[0][]): ReadonlySet<string> {
  return new Set(views.flatMap(view => dsShown(view)?.toSorted().join(' | ') ?? []));
}

/** A DS that the child does not live up to makes every validating resolver refuse the child (RFC 4035 section 5.2). */
function judgeChain(cut: Name, ds: readonly string[], found: KeysFound, find: Find): readonly Finding[] {
  const remedy = `zonecut unsign ${cut}, or let its host sign it with these keys`;
  if (ds.length === 0) {
    return found.kind === 'problem' && found.text.includes('DNSKEY')
      ? [find('keys-broken', 'warning', found.text, 'repair the signing before a DS is published')]
      : [];
  }
  switch (found.kind) {
    case 'unsigned':
      return [
        find('ds-without-keys', 'error', `the parent has DS records, and ${cut} serves no keys`, remedy),
      ];
    case 'problem':
      return [find('keys-broken', 'error', found.text, 'repair the signing at the host of the child')];
    case 'signed':
      return found.keys.data.some(key => ds.some(data => matches(cut, data, key)))
        ? []
        : [
            find(
              'ds-without-keys',
              'error',
              `none of the DS records of ${cut} stands for a key that it serves`,
              remedy,
            ),
          ];
  }
}

function matches(cut: Name, ds: string, key: Rdata): boolean {
  const wanted = [1, 2, 4].map(type => dsOfKey(cut, key, type).toLowerCase());
  return wanted.includes(ds.toLowerCase());
}

/** What the child asks its parent for, and has not got: DS by CDS and CDNSKEY (RFC 7344), NS and glue by CSYNC (RFC 7477). */
function judgeWishes(proof: Proof, ds: readonly string[], found: KeysFound, find: Find): readonly Finding[] {
  const views = proof.security?.keys ?? [];
  return [...judgeCds(proof.cut, ds, found, views, find), ...judgeCsync(proof, found, views, find)];
}

function judgeCds(
  cut: Name,
  ds: readonly string[],
  found: KeysFound,
  views: readonly KeyView[],
  find: Find,
): readonly Finding[] {
  if (found.kind !== 'signed' || found.cds === null) {
    return [];
  }
  const wanted = wantedDs(found, []);
  if (wanted.kind === 'problem') {
    return [
      find('cds-unmet', 'warning', wanted.text, ds.length > 0 ? `zonecut unsign ${cut}` : 'look at its host'),
    ];
  }
  const cdnskey = views[0] === undefined ? null : signedIn(views[0], 'CDNSKEY');
  const odd = cdnskey?.rrset.data.find(key => !wanted.data.some(data => dsMatches(cut, data, key)));
  const findings =
    odd === undefined
      ? []
      : [
          find(
            'cds-inconsistent',
            'warning',
            `${cut} asks for a key by CDNSKEY that its CDS do not name (RFC 7344 section 4)`,
            'make both equal at its host',
          ),
        ];
  return wanted.data.join() === ds.join()
    ? findings
    : [
        ...findings,
        find(
          'cds-unmet',
          'warning',
          `${cut} asks for the DS records ${wanted.data.join(' | ')} (CDS, RFC 7344), its parent has ${ds.length === 0 ? 'none' : ds.join(' | ')}`,
          ds.length === 0 ? `zonecut delegate ${cut} --sign` : 'publish these DS at the parent',
        ),
      ];
}

/** CSYNC names the types that the parent shall take over: only NS is compared, since glue is its business alone where it lies below. */
function judgeCsync(
  proof: Proof,
  found: KeysFound,
  views: readonly KeyView[],
  find: Find,
): readonly Finding[] {
  const csync = views[0] === undefined ? null : signedIn(views[0], 'CSYNC');
  const [data] = csync?.rrset.data ?? [];
  if (data === undefined || found.kind !== 'signed' || !data.split(' ').slice(2).includes('NS')) {
    return [];
  }
  const own = views[0] === undefined ? null : signedIn(views[0], 'NS');
  const wanted = [...(own?.rrset.data ?? [])].sort().join(' ');
  return wanted === '' || wanted === proof.ns.join(' ')
    ? []
    : [
        find(
          'csync-unmet',
          'warning',
          `${proof.cut} asks its parent to name ${wanted} (CSYNC, RFC 7477), it names ${proof.ns.join(' ')}`,
          'make both sides equal',
        ),
      ];
}
