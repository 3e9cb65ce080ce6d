import { dsOfCut } from '../checks/cut/keyed.ts';
import type { Finding } from '../checks/finding.ts';
import { serverText, whatCame } from '../checks/judge.ts';
import type { Name } from '../dns/name.ts';
import { soaOf } from '../dns/rdata.ts';
import type { Proof } from '../survey/proof.ts';
import type { View } from '../survey/view.ts';
import { countText, type Paint, tableText } from './paint.ts';

/** A proof for people: NS, then SOA, at the parent, at each server of the child, through the resolvers; then the findings. */
export function proofText(proof: Proof, findings: readonly Finding[], paint: Paint): string {
  const errors = findings.filter(finding => finding.severity === 'error').length;
  const warnings = findings.length - errors;
  const verdict =
    errors === 0
      ? paint.good(
          `${paint.signs.done} all agree: ${proof.cut} is delegated to ${countText(proof.ns.length, 'name server')}`,
        )
      : paint.bad(`${paint.signs.failed} ${countText(errors, 'error')}`);
  return [
    ...(proof.parentApex === null ? [] : [`${paint.bold(`${proof.parentApex} (parent)`)}\n`]),
    tableText(
      proof.parent.map(view => viewRow(view, proof, findings, paint)),
      '  ',
    ),
    ...(proof.child.length === 0 ? [] : [`${paint.bold(`${proof.cut} (child)`)}\n`]),
    tableText(
      proof.child.map(({ soa, ns }) => childRow(soa, ns, proof, findings, paint)),
      '  ',
    ),
    ...(proof.recursive.length === 0 ? [] : [`${paint.bold('resolvers')}\n`]),
    tableText(
      proof.recursive.map(({ ns, soa }) => [...viewRow(ns, proof, findings, paint), soaText(soa)]),
      '  ',
    ),
    securityText(proof, paint),
    ...findings.map(finding => findingText(finding, paint)),
    `${verdict}${warnings === 0 ? '' : `, ${countText(warnings, 'warning')}`}\n`,
  ].join('');
}

/** One line about DNSSEC; nothing where it was not asked for. */
function securityText({ security }: Proof, paint: Paint): string {
  if (security === undefined) {
    return '';
  }
  const ds = dsOfCut(security.facts).length > 0 ? 'DS at the parent' : 'no DS at the parent';
  const chain = security.chain === null ? 'not validated: no trust anchor' : security.chain.kind;
  return `${paint.bold('DNSSEC')}  ${ds}, ${chain}\n`;
}

function viewRow(view: View, proof: Proof, findings: readonly Finding[], paint: Paint): readonly string[] {
  const { answer } = view;
  const known = proof.ns.join(' ');
  const shown =
    answer.kind === 'referral' && [...answer.delegation.ns.data].sort().join(' ') === known
      ? `referral to ${countText(proof.ns.length, 'name server')}`
      : answer.kind === 'answer' && [...answer.rrset.data].sort().join(' ') === known
        ? `NS, ${countText(proof.ns.length, 'name server')}`
        : whatCame(view);
  return [signOf(view, findings, paint), serverText(view), timeText(view), shown];
}

function childRow(
  soa: View,
  ns: View,
  proof: Proof,
  findings: readonly Finding[],
  paint: Paint,
): readonly string[] {
  return [
    signOf(soa, findings, paint),
    serverText(soa),
    timeText(soa),
    soaText(soa),
    viewRow(ns, proof, findings, paint).at(-1) ?? '',
  ];
}

function soaText(view: View): string {
  const data =
    view.answer.kind === 'answer' && view.answer.rrset.type === 'SOA' ? view.answer.rrset.data[0] : undefined;
  return data === undefined ? whatCame(view) : `SOA serial ${soaOf(data).serial}`;
}

function signOf(view: View, findings: readonly Finding[], paint: Paint): string {
  const wrong = findings.some(finding => finding.server === serverText(view) && finding.severity === 'error');
  return wrong ? paint.bad(paint.signs.failed) : paint.good(paint.signs.done);
}

function timeText(view: View): string {
  return view.rttMs === null ? '-' : `${view.rttMs.toFixed(1)} ms`;
}

function findingText(finding: Finding, paint: Paint): string {
  const sign = finding.severity === 'error' ? paint.bad(paint.signs.failed) : paint.warn(paint.signs.odd);
  const where = finding.server === null ? '' : `${finding.server}: `;
  return `${sign} ${where}${finding.text} ${paint.dim(`[${finding.code}]`)}\n   ${paint.dim('mend:')} ${finding.remedy}\n`;
}

/** Commands that repeat the proof with programs that are not ours; `port` is 53 outside of a sandbox. */
export function hostCommands(
  cut: Name,
  resolver: { readonly address: string; readonly port: number } | null,
): readonly string[] {
  const port = resolver === null || resolver.port === 53 ? '' : `-p ${resolver.port} `;
  const at = resolver === null ? '' : ` ${resolver.address}`;
  const name = cut.endsWith('.') && cut.length > 1 ? cut.slice(0, -1) : cut;
  return ['NS', 'SOA'].map(type => `host ${port}-t ${type} ${name}${at}`);
}
