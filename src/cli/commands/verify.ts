import { dsOfCut } from '../../checks/cut/keyed.ts';
import type { Finding } from '../../checks/finding.ts';
import { judge } from '../../checks/judge.ts';
import { judgeDnssec } from '../../checks/judge-dnssec.ts';
import { judgeFormer } from '../../checks/judge-former.ts';
import { printRRset } from '../../dns/zonefile.ts';
import { ZonecutError } from '../../error.ts';
import { hostCommands, proofText } from '../../report/proof-text.ts';
import { type Proof, proveCut, viewRecursive } from '../../survey/proof.ts';
import { nsShown } from '../../survey/view.ts';
import { type Context, isOffline } from '../context.ts';
import { cutFrom } from '../cut-name.ts';
import { exitCodes } from '../exit-code.ts';
import { withFormerServers } from '../former.ts';
import { nsHosts } from '../ns-hosts.ts';

/** The options of `zonecut verify`. */
export interface VerifyFlags {
  /** `NS` or `NS=ADDRESS,ADDRESS`. */
  readonly former?: readonly string[];
}

/** `zonecut verify NAME`: asks everybody, from the root down; exit status 5 when anything is wrong. */
export async function verify(context: Context, name: string, flags: VerifyFlags = {}): Promise<number> {
  const { terminal, world, net, hints, signal } = context;
  const cut = cutFrom(name);
  const byHand = nsHosts('--former', flags.former ?? []);
  const security = { hints, offline: isOffline(context.environment) };
  const authoritative = await proveCut(world, net, cut, { recursive: 'leave', security, signal });
  // A resolver that is asked about a broken or missing delegation would remember the failure.
  const ready = judgeAll(authoritative).every(finding => finding.severity !== 'error');
  const recursive = ready ? await viewRecursive(world, net, cut, signal) : [];
  const proof: Proof = { ...authoritative, recursive };
  const facts = proof.security?.facts;
  const former = facts === undefined ? [] : judgeFormer(await withFormerServers(context, facts, byHand));
  const findings = [...judgeAll(proof), ...former];
  const commands = hostCommands(cut, net.recursive[0] ?? null);
  if (terminal.json) {
    terminal.print(
      `${JSON.stringify({ schema: 'zonecut/verify/v1', cut, ok: findings.every(f => f.severity !== 'error'), findings, proof: shown(proof), commands }, null, 2)}\n`,
    );
  } else {
    terminal.print(proofText(proof, findings, terminal.paint));
    terminal.print(`see for yourself:\n${commands.map(command => `  ${command}\n`).join('')}`);
  }
  return findings.some(finding => finding.severity === 'error') ? exitCodes.verify : exitCodes.ok;
}

function judgeAll(proof: Proof): readonly Finding[] {
  return [...judge(proof), ...judgeDnssec(proof)];
}

/** A proof without the facts behind its DNSSEC, which `zonecut check --json` has. */
function shown({ security, ...proof }: Proof): object {
  return security === undefined
    ? proof
    : { ...proof, security: { ds: dsOfCut(security.facts), chain: security.chain } };
}

/** `zonecut export NAME`: the delegation as the parent's servers give it, as lines of a zone file. */
export async function exportCut(context: Context, name: string): Promise<number> {
  const { terminal, world, net, signal } = context;
  const cut = cutFrom(name);
  const proof = await proveCut(world, net, cut, { recursive: 'leave', signal });
  const view = proof.parent.find(({ answer }) => nsShown(answer, cut) !== null);
  const ns = view === undefined ? null : nsShown(view.answer, cut);
  if (view === undefined || ns === null) {
    throw new ZonecutError('ZC_VERIFY', `${cut} is not delegated`, {
      hint: `\`zonecut verify ${name}\` shows what every server says.`,
    });
  }
  const referral = view.answer.kind === 'referral' ? view.answer.delegation : null;
  const rrsets = [ns, ...(referral?.ds == null ? [] : [referral.ds]), ...(referral?.glue ?? [])];
  terminal.print(
    terminal.json
      ? `${JSON.stringify({ schema: 'zonecut/delegation/v1', cut, parent: proof.parentApex, ns, ds: referral?.ds ?? null, glue: referral?.glue ?? [] }, null, 2)}\n`
      : `; delegation of ${cut} as ${view.server.name} (${view.server.address}) gives it\n${rrsets.map(rrset => printRRset(rrset)).join('')}`,
  );
  return exitCodes.ok;
}
