import { type CutFinding, type CutSeverity, cutSeverities } from '../checks/cut/finding.ts';
import type { Outcome } from './engine.ts';
import { auditLimits } from './limits.ts';
import { type CheckCount, isCritical, type OutcomeCounts, type ServerCount } from './summary.ts';

type Counters = {
  -readonly [key in keyof Omit<OutcomeCounts, 'byId' | 'bySeverity' | 'checks' | 'servers'>]: number;
};

/** Checks whose findings are a fault of the servers that they name. */
const isOfServers = /^(lame-|parent-server-lame|parent-no-response|child-ns-missing|child-soa-missing)/;

/** Counts outcomes in the order of the input. */
export class Tally {
  readonly #counts: Counters;
  readonly #bySeverity: Record<string, number>;
  readonly #byId: Record<string, number>;
  readonly #checks: Map<string, { -readonly [key in keyof CheckCount]: CheckCount[key] }>;
  readonly #servers: Map<string, { -readonly [key in keyof ServerCount]: ServerCount[key] }>;

  /** Goes on from `counts`. */
  constructor({ bySeverity, byId, checks, servers, ...counts }: OutcomeCounts) {
    this.#counts = { ...counts };
    this.#bySeverity = { ...bySeverity };
    this.#byId = { ...byId };
    this.#checks = new Map(checks.map(count => [`${count.severity} ${count.id}`, { ...count }]));
    this.#servers = new Map(servers.map(count => [count.address, { ...count }]));
  }

  /** Counts a name that is healthy. */
  healthy(): void {
    this.#counts.names += 1;
    this.#counts.healthy += 1;
  }

  /** Counts a name. */
  add(outcome: Outcome): void {
    const { kind, findings, name } = outcome;
    if (kind === 'healthy') {
      this.healthy();
      return;
    }
    this.#counts.names += 1;
    if (kind === 'odd') this.#counts.unconfirmed += 1;
    else if (kind === 'unknown') this.#counts.unknown += 1;
    else this.#counts.faulty += 1;
    if (isCritical(outcome)) this.#counts.critical += 1;
    this.#counts.findings += findings.length;
    for (const { id, severity } of findings) {
      this.#byId[id] = (this.#byId[id] ?? 0) + 1;
      this.#bySeverity[severity] = (this.#bySeverity[severity] ?? 0) + 1;
    }
    this.#addChecks(name, findings);
    this.#addServers(findings);
  }

  #addChecks(name: string, findings: readonly CutFinding[]): void {
    for (const key of new Set(findings.map(({ id, severity }) => `${severity} ${id}`))) {
      const count = this.#checks.get(key);
      if (count === undefined) {
        const [severity = '', id = ''] = key.split(' ');
        this.#checks.set(key, { id, severity: severityOf(severity), names: 1, first: [name] });
        continue;
      }
      count.names += 1;
      if (count.first.length < auditLimits.maxNamesShown) count.first = [...count.first, name];
    }
  }

  #addServers(findings: readonly CutFinding[]): void {
    const servers = findings.filter(({ id }) => isOfServers.test(id)).flatMap(finding => finding.servers);
    for (const [address, name] of new Map(servers.map(server => [server.address, server.name]))) {
      const count = this.#servers.get(address);
      if (count !== undefined) {
        count.names += 1;
        if (count.name !== name) count.name = null;
      } else if (this.#servers.size < auditLimits.maxServersCounted) {
        this.#servers.set(address, { address, name, names: 1 });
      }
    }
  }

  /** All that was counted, checks with the worst first, servers with the most names first. */
  counts(): OutcomeCounts {
    const checks = [...this.#checks.values()].map(count => ({ ...count }));
    const servers = [...this.#servers.values()].map(count => ({ ...count }));
    return {
      ...this.#counts,
      bySeverity: { ...this.#bySeverity },
      byId: { ...this.#byId },
      checks: checks.toSorted(
        (a, b) =>
          cutSeverities.indexOf(a.severity) - cutSeverities.indexOf(b.severity) ||
          b.names - a.names ||
          (a.id < b.id ? -1 : 1),
      ),
      servers: servers.toSorted((a, b) => b.names - a.names || (a.address < b.address ? -1 : 1)),
    };
  }
}

function severityOf(text: string): CutSeverity {
  return cutSeverities.find(severity => severity === text) ?? 'info';
}
