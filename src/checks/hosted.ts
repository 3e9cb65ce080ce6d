import type { Name } from '../dns/name.ts';
import type { CutFacts } from '../survey/facts.ts';
import type { HostedFacts, HostedZoneFacts } from '../survey/hosted.ts';
import { type CutFinding, cutSeverities, type Profile, type Remedy } from './cut/finding.ts';
import { severityOf } from './cut/judge.ts';
import { operatorOf } from './cut/operators.ts';
import { add, listText, remedy, remove } from './cut/parts.ts';
import { parentZoneName } from './cut/said.ts';
import { delegationNames, delegationNs } from './cut/sets.ts';

/** How bad it is what an account shows of a zone that it holds. docs/audit.md has a row of each. */
export const hostedProfile: Profile = {
  'hosted-elsewhere': 'warning',
  'hosted-elsewhere/same-operator': 'critical',
  'hosted-partly': 'notice',
  'hosted-partly/same-operator': 'error',
  'hosted-fewer': 'notice',
  'hosted-apex-ns': 'warning',
  'hosted-twice': 'warning',
};

/** The checks of zones in an account, by id. */
export const hostedChecks: ReadonlySet<string> = new Set(
  Object.keys(hostedProfile).map(key => key.split('/')[0] ?? key),
);

/** The addresses of name servers that the host assigned and the delegation does not name, where they could be found. */
export type AssignedAddresses = ReadonlyMap<Name, readonly string[]>;

/**
 * Joins what an account holds with the delegation that the world sees: `findings` of the cut, with those that only the account
 * shows, the worst first.
 *
 * A zone that is recreated at a host which draws its name servers has other ones than before, and the delegation leads to the
 * old ones: a stranger who is given these answers for the name. Servers count as assigned by their addresses too, so that
 * names of one's own for them are no difference.
 */
export function judgeHosted(
  facts: CutFacts,
  hosted: HostedFacts,
  addresses: AssignedAddresses,
  findings: readonly CutFinding[],
): readonly CutFinding[] {
  const found = hosted.zones.length === 0 ? [] : hostedFindings(facts, hosted, addresses);
  const all = [...found, ...findings.map(finding => withZone(finding, facts, hosted))];
  return cutSeverities.flatMap(severity => all.filter(finding => finding.severity === severity));
}

/** The assigned name servers whose addresses are worth looking up: those that the delegation does not name. */
export function unnamedServers(facts: CutFacts, { zones }: HostedFacts): readonly Name[] {
  const named = delegationNames(facts);
  return named === null
    ? []
    : [...new Set(zones.flatMap(({ assigned }) => assigned))].filter(name => !named.includes(name));
}

/** A zone of the account beside the delegation. */
interface Match {
  readonly zone: HostedZoneFacts;
  /** Names of the delegation that lead to servers of the zone. */
  readonly in: readonly Name[];
  /** Names of the delegation that do not. */
  readonly out: readonly Name[];
  /** Servers of the zone that the delegation does not lead to. */
  readonly unused: readonly Name[];
}

function hostedFindings(
  facts: CutFacts,
  { host, zones }: HostedFacts,
  addresses: AssignedAddresses,
): readonly CutFinding[] {
  const { cut } = facts;
  const names = delegationNames(facts);
  const matches = names === null ? [] : zones.map(zone => matchOf(facts, names, zone, addresses));
  const used = matches.filter(match => match.in.length > 0);
  const [first] = matches.filter(({ zone }) => zone.assigned.length > 0);
  const told = used.length > 0 ? used : first === undefined ? [] : [first];
  return [
    ...(zones.length > 1 ? [twice(cut, host, zones, used)] : []),
    ...told.flatMap(match => delegationFindings(cut, host, match)),
    ...zones.flatMap(zone => apexFindings(cut, host, zone)),
  ];
}

function matchOf(
  facts: CutFacts,
  names: readonly Name[],
  zone: HostedZoneFacts,
  addresses: AssignedAddresses,
): Match {
  const live = new Map(delegationNs(facts)?.map(host => [host.name, host.addresses]));
  const { assigned } = zone;
  const at = new Set(assigned.flatMap(name => live.get(name) ?? addresses.get(name) ?? []));
  const isIn = (name: Name): boolean =>
    assigned.includes(name) || (live.get(name)?.some(address => at.has(address)) ?? false);
  const reached = new Set([...live.values()].flat());
  const isUnused = (name: Name): boolean =>
    !names.includes(name) && addresses.get(name)?.some(address => reached.has(address)) !== true;
  return {
    zone,
    in: names.filter(isIn),
    out: names.filter(name => !isIn(name)),
    unused: assigned.filter(isUnused),
  };
}

function delegationFindings(cut: Name, host: string, match: Match): readonly CutFinding[] {
  const { zone, out, unused } = match;
  const lines = {
    parent: [...out.map(name => remove(cut, 'NS', name)), ...unused.map(name => add(cut, 'NS', name))],
  };
  const where = `the zone ${zone.id} at ${host}`;
  const variant = out.some(name => zone.assigned.some(other => isOfOneOperator(name, other)))
    ? 'same-operator'
    : null;
  if (zone.assigned.length === 0 || (out.length === 0 && unused.length === 0)) return [];
  if (match.in.length === 0) {
    return [
      variant === null
        ? finding(
            cut,
            'hosted-elsewhere',
            variant,
            `${cut} is delegated to ${listText(out)}, and ${where} answers nobody: its name servers are ${listText(zone.assigned)}`,
            remedy(
              `if ${cut} was moved away, delete ${where}; if it shall be served from there, delegate to it`,
              lines,
            ),
          )
        : finding(
            cut,
            'hosted-elsewhere',
            variant,
            `${cut} is delegated to ${listText(out)}, and ${where} was given others: ${listText(zone.assigned)}; whoever is given the old ones answers for ${cut}`,
            remedy(
              'the zone was deleted and made again, or is in another account too: delegate to the servers that it has now',
              lines,
            ),
          ),
    ];
  }
  if (out.length > 0) {
    return [
      finding(
        cut,
        'hosted-partly',
        variant,
        `${listText(out)} of the delegation of ${cut} ${out.length === 1 ? 'is none' : 'are none'} of the name servers of ${where}`,
        remedy(
          variant === null
            ? 'where a second host serves the zone on purpose, nothing; else take these names away'
            : 'take these names away: they belong to a zone that was there before, or to a stranger',
          lines,
        ),
      ),
    ];
  }
  return [
    finding(
      cut,
      'hosted-fewer',
      null,
      `the delegation of ${cut} leaves out ${listText(unused)} of the name servers of ${where}`,
      remedy('add them at the parent', lines),
    ),
  ];
}

/** The NS names in the zone's own data that are none of its servers; a few of its servers alone are a choice. */
function apexFindings(
  cut: Name,
  host: string,
  { id, assigned, own }: HostedZoneFacts,
): readonly CutFinding[] {
  const strangers = (own ?? []).filter(
    name => !assigned.includes(name) && assigned.some(other => isOfOneOperator(name, other)),
  );
  return assigned.length === 0 || strangers.length === 0
    ? []
    : [
        finding(
          cut,
          'hosted-apex-ns',
          null,
          `the zone ${id} at ${host} names ${listText(strangers)} at its apex, which ${strangers.length === 1 ? 'is none' : 'are none'} of its name servers (${listText(assigned)})`,
          remedy('the records were copied from a zone that was there before: name the servers of this one', {
            child: [
              ...strangers.map(name => remove(cut, 'NS', name)),
              ...assigned.filter(name => own?.includes(name) !== true).map(name => add(cut, 'NS', name)),
            ],
          }),
        ),
      ];
}

function twice(
  cut: Name,
  host: string,
  zones: readonly HostedZoneFacts[],
  used: readonly Match[],
): CutFinding {
  const live = used.map(({ zone }) => zone.id);
  const idle = zones.map(({ id }) => id).filter(id => !live.includes(id));
  return finding(
    cut,
    'hosted-twice',
    null,
    `${host} holds ${cut} ${zones.length} times (${listText(zones.map(({ id }) => id))}): ${live.length === 0 ? 'none of them is delegated to' : `${listText(live)} is delegated to`}`,
    remedy(
      idle.length === 0
        ? 'decide which one it is'
        : `edits of ${listText(idle)} are seen by nobody: delete what is not needed, after a look at what is in it`,
    ),
  );
}

/** A delegation that is missing, with the zone that waits for it and the lines that make it. */
function withZone(found: CutFinding, facts: CutFacts, { host, zones }: HostedFacts): CutFinding {
  const [zone] = zones;
  if (found.id !== 'delegation-missing' || zone === undefined) return found;
  const { cut } = facts;
  const names = zone.assigned.length > 0 ? zone.assigned : (zone.own ?? []);
  return {
    ...found,
    text: `${found.text}, and the zone ${zone.id} at ${host} answers nobody`,
    remedy: remedy(
      `delegate it in ${parentZoneName(facts) ?? 'the zone above'}, or delete the zone at ${host} where nobody needs it`,
      { parent: names.length === 0 ? found.remedy.parent : names.map(name => add(cut, 'NS', name)) },
    ),
  };
}

/** Whether both belong to one operator that is known to serve many customers. */
function isOfOneOperator(name: Name, other: Name): boolean {
  const operator = operatorOf(name);
  return operator !== null && operator.claim !== 'private' && operator === operatorOf(other);
}

function finding(cut: Name, id: string, variant: string | null, text: string, mend: Remedy): CutFinding {
  const severity = severityOf(id, variant, hostedProfile);
  return { id, severity, variant, cut, subject: cut, text, servers: [], evidence: [], remedy: mend };
}
