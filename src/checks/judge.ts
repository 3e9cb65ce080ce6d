import { isBelow, type Name } from '../dns/name.ts';
import { soaOf } from '../dns/rdata.ts';
import type { RRset } from '../dns/rrset.ts';
import type { Proof } from '../survey/proof.ts';
import { nsShown, type View } from '../survey/view.ts';
import type { Finding, FindingCode, Severity } from './finding.ts';

/** What is wrong with the delegation that `proof` shows, its DNSSEC aside; empty when all agree. `expected` is the NS set it should have, if known. */
export function judge(proof: Proof, expected: readonly Name[] | null = null): readonly Finding[] {
  const { cut } = proof;
  const find = (
    code: FindingCode,
    severity: Severity,
    server: string | null,
    text: string,
    remedy: string,
  ): Finding => ({
    code,
    severity,
    subject: cut,
    server,
    text,
    remedy,
  });
  if (proof.parentApex === null) {
    const why = proof.problem ?? 'no server answered';
    return [
      find(
        'parent-undetermined',
        'error',
        null,
        `no path from the root leads to the zone above ${cut}: ${why}`,
        `zonecut trace ${cut}`,
      ),
    ];
  }
  return [
    ...judgeParent(proof, find),
    ...judgeSet(proof, expected, find),
    ...judgeChild(proof, find),
    ...judgeRecursive(proof, find),
  ];
}

type Find = (
  code: FindingCode,
  severity: Severity,
  server: string | null,
  text: string,
  remedy: string,
) => Finding;

/** `name (address)` of the server of a view. */
export function serverText(view: View): string {
  return view.server.name === null ? view.server.address : `${view.server.name} (${view.server.address})`;
}

function judgeParent(proof: Proof, find: Find): readonly Finding[] {
  const { cut } = proof;
  const showing = proof.parent.filter(view => nsShown(view.answer, cut) !== null);
  const silent = proof.parent.filter(view => view.answer.kind === 'silent' || view.answer.kind === 'error');
  const findings = silent.map(view =>
    find(
      'parent-no-response',
      showing.length === 0 ? 'error' : 'warning',
      serverText(view),
      whatCame(view),
      `repair ${serverText(view)} first`,
    ),
  );
  const alias = proof.parent.find(view => view.answer.kind === 'alias');
  if (alias !== undefined) {
    return [
      ...findings,
      find(
        'child-is-alias',
        'error',
        serverText(alias),
        `${cut} is an alias (CNAME)`,
        'remove the CNAME, then delegate',
      ),
    ];
  }
  const without = proof.parent.filter(view => !showing.includes(view) && !silent.includes(view));
  if (showing.length === 0 && without.length > 0) {
    findings.push(
      find(
        'delegation-missing',
        'error',
        null,
        `${proof.parentApex} has no NS records for ${cut}`,
        `zonecut delegate ${cut} --child HOST --parent HOST`,
      ),
    );
  } else {
    findings.push(
      ...without.map(view =>
        find(
          'parent-inconsistent',
          'error',
          serverText(view),
          `does not know the delegation: ${whatCame(view)}`,
          'wait for the host to publish, or publish again',
        ),
      ),
    );
  }
  return findings;
}

function judgeSet(proof: Proof, expected: readonly Name[] | null, find: Find): readonly Finding[] {
  const { cut } = proof;
  const findings: Finding[] = [];
  const sets = new Set(proof.parent.flatMap(view => setText(nsShown(view.answer, cut)) ?? []));
  if (sets.size > 1) {
    findings.push(
      find(
        'parent-inconsistent',
        'error',
        null,
        `the servers of ${proof.parentApex} give ${sets.size} different NS sets`,
        'wait for the host to publish, or publish again',
      ),
    );
  }
  if (expected !== null && proof.ns.length > 0 && proof.ns.join(' ') !== [...expected].sort().join(' ')) {
    findings.push(
      find(
        'ns-set-unexpected',
        'error',
        null,
        `the parent names ${proof.ns.join(' ')}, expected ${[...expected].sort().join(' ')}`,
        `zonecut undelegate ${cut}, then delegate again`,
      ),
    );
  }
  for (const name of proof.lost) {
    findings.push(
      find('ns-unresolvable', 'error', name, 'has no address', `drop ${name}, or give it an address`),
    );
  }
  return findings;
}

function judgeChild(proof: Proof, find: Find): readonly Finding[] {
  const { cut } = proof;
  const findings: Finding[] = [];
  const serials = new Set<number>();
  const soas = proof.child.map(({ soa }) => soa);
  for (const { soa, ns } of proof.child) {
    const lame = lameness(soa, cut);
    if (lame !== null) {
      if (!isExcused(soa, soas, cut)) {
        findings.push(
          find(
            lame.code,
            'error',
            serverText(soa),
            lame.text,
            `create ${cut} there, or drop it from the NS set`,
          ),
        );
      }
      continue;
    }
    if (soa.answer.kind === 'answer') {
      serials.add(serialOf(soa.answer.rrset));
    }
    const own = nsShown(ns.answer, cut);
    if (own === null || ns.answer.kind !== 'answer') {
      findings.push(
        find(
          'child-ns-missing',
          'error',
          serverText(ns),
          `gives no NS records for ${cut}: ${whatCame(ns)}`,
          `add NS records at ${cut}`,
        ),
      );
    } else if (setText(own) !== proof.ns.join(' ')) {
      findings.push(
        find(
          'ns-set-mismatch',
          'warning',
          serverText(ns),
          `names ${setText(own)}, the parent ${proof.ns.join(' ')}`,
          'make both sides equal',
        ),
      );
    }
  }
  if (serials.size > 1) {
    findings.push(
      find(
        'serial-skew',
        'warning',
        null,
        `the child's servers are at serials ${[...serials].join(', ')}`,
        'wait for the transfer',
      ),
    );
  }
  return findings;
}

/**
 * Whether `view`, one of the answers `all` to `cut SOA`, is not held against its server: this machine has no route to the
 * address, and the same server holds the zone at another one.
 */
export function isExcused(view: View, all: readonly View[], cut: Name): boolean {
  return (
    view.answer.kind === 'silent' &&
    view.answer.why === 'no route' &&
    all.some(other => other.server.name === view.server.name && lameness(other, cut) === null)
  );
}

/** Why the server of `view` (an answer to `cut SOA`) does not hold the zone `cut`; null when it does. RFC 9499 section 7, "lame". */
export function lameness(
  view: View,
  cut: Name,
): { readonly code: FindingCode; readonly text: string } | null {
  const { answer } = view;
  switch (answer.kind) {
    case 'answer':
      return answer.authoritative && answer.rrset.owner === cut && answer.rrset.type === 'SOA'
        ? null
        : { code: 'lame-not-authoritative', text: `answers for ${cut} without authority` };
    case 'error':
      return { code: 'lame-rcode', text: `answers ${answer.rcode}` };
    case 'silent':
      return { code: 'lame-no-response', text: answer.why };
    case 'nxdomain':
      return { code: 'lame-rcode', text: 'answers NXDOMAIN' };
    case 'nodata':
      return answer.authoritative
        ? { code: 'lame-broken-response', text: `holds no zone ${cut}: ${whatCame(view)}` }
        : { code: 'lame-not-authoritative', text: `answers for ${cut} without authority: ${whatCame(view)}` };
    case 'referral':
      return isBelow(cut, answer.delegation.cut)
        ? { code: 'lame-upward-referral', text: `refers to ${answer.delegation.cut}, which is above ${cut}` }
        : { code: 'lame-broken-response', text: `holds no zone ${cut}: ${whatCame(view)}` };
    default:
      return { code: 'lame-broken-response', text: `holds no zone ${cut}: ${whatCame(view)}` };
  }
}

function judgeRecursive(proof: Proof, find: Find): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { ns, soa } of proof.recursive) {
    const where = ns.server.address;
    if (ns.answer.kind === 'silent' || ns.answer.kind === 'error') {
      findings.push(find('resolver-error', 'error', where, whatCame(ns), 'ask another one with --resolver'));
      continue;
    }
    const isOld = setText(nsShown(ns.answer, proof.cut)) !== proof.ns.join(' ');
    if (isOld || soa.answer.kind !== 'answer') {
      findings.push(
        find(
          'resolver-old',
          'error',
          where,
          isOld
            ? `still gives an old answer: ${whatCame(ns)}`
            : `gives the new NS records, and for the SOA: ${whatCame(soa)}`,
          `zonecut wait ${proof.cut}`,
        ),
      );
    }
  }
  return findings;
}

function serialOf(soa: RRset): number {
  const [data] = soa.data;
  return data === undefined ? 0 : soaOf(data).serial;
}

function setText(ns: RRset | null): string | null {
  return ns === null ? null : [...ns.data].sort().join(' ');
}

/** What a view shows, in a few words. */
export function whatCame(view: View): string {
  const { answer } = view;
  switch (answer.kind) {
    case 'answer':
      return `${answer.rrset.type} ${answer.rrset.data.join(' ')}`;
    case 'referral':
      return `referral to ${answer.delegation.ns.data.join(' ')}`;
    case 'nodata':
      return `no ${view.question.type} records${answer.soa === null ? '' : ` (SOA of ${answer.soa.owner})`}`;
    case 'nxdomain':
      return 'NXDOMAIN: no such name';
    case 'alias':
      return `CNAME ${answer.rrset.data.join(' ')}`;
    case 'error':
      return answer.rcode;
    case 'silent':
      return answer.why;
  }
}
