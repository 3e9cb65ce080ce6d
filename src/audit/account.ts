import type { CutFinding } from '../checks/cut/finding.ts';
import { type AssignedAddresses, judgeHosted, unnamedServers } from '../checks/hosted.ts';
import { type Name, nameFromOctets, octetsOfName } from '../dns/name.ts';
import { isZonecutError, ZonecutError } from '../error.ts';
import type { Provider } from '../providers/provider.ts';
import type { CutFacts } from '../survey/facts.ts';
import { type HostedFacts, readHosted } from '../survey/hosted.ts';
import { auditLimits } from './limits.ts';

/**
 * What an account has to do with delegations: every zone in it, which somebody has to delegate, and every cut of each.
 *
 * One zone is read at a time. What the host says of a zone is kept until the audit ends, beside its name.
 */
export class Account {
  readonly #provider: Provider;
  readonly #signal: AbortSignal | undefined;
  readonly #hosted = new Map<Name, HostedFacts>();
  #apexes = 0;
  #read = 0;

  constructor(provider: Provider, signal?: AbortSignal) {
    this.#provider = provider;
    this.#signal = signal;
  }

  /** The part of the account's zones that was read; null before anybody knows how many there are. */
  get share(): number | null {
    return this.#apexes === 0 ? null : this.#read / this.#apexes;
  }

  /**
   * The names of all zones, and behind each the cuts in it. A zone that is deleted meanwhile is left out. Throws ZC_LIMIT for
   * more than `maxZonesOfAccount`, and what the host's calls throw.
   */
  async *cuts(): AsyncGenerator<Name, void, undefined> {
    const apexes = await this.#zones();
    this.#apexes = apexes.length;
    for (const apex of apexes) {
      yield* await this.#zone(apex);
      this.#read += 1;
    }
  }

  async #zones(): Promise<readonly Name[]> {
    const { maxZonesOfAccount } = auditLimits;
    const apexes = new Set<Name>();
    for await (const { apex } of this.#provider.listZones(this.#call())) {
      apexes.add(apex);
      if (apexes.size > maxZonesOfAccount) {
        throw new ZonecutError(
          'ZC_LIMIT',
          `${this.#provider.id} has more than ${maxZonesOfAccount} zones for these credentials`,
          { hint: 'Give their names as a list, in parts.' },
        );
      }
    }
    return [...apexes];
  }

  async #zone(apex: Name): Promise<readonly Name[]> {
    try {
      const { facts, snapshots } = await readHosted(this.#provider, apex, this.#signal);
      if (facts.zones.length === 0) return [];
      this.#hosted.set(apex, facts);
      const owners = snapshots.flatMap(({ rrsets }) =>
        rrsets.flatMap(({ owner, type }) => (type === 'NS' && owner !== apex ? [owner] : [])),
      );
      return [apex, ...owners];
    } catch (error) {
      if (isZonecutError(error, 'ZC_ZONE_NOT_FOUND')) return [];
      throw error;
    }
  }

  #call(): { readonly signal?: AbortSignal } {
    return this.#signal === undefined ? {} : { signal: this.#signal };
  }

  /** Whether the account holds a zone of the name in `octets`. */
  holds(octets: Uint8Array): boolean {
    return this.#hosted.has(nameFromOctets(octets));
  }

  /** `findings` of a cut, with what the account shows of it; those alone where it holds no such zone. */
  async judge(
    facts: CutFacts,
    findings: readonly CutFinding[],
    addressesOf: (octets: Uint8Array) => Promise<readonly string[]>,
  ): Promise<readonly CutFinding[]> {
    const hosted = this.#hosted.get(facts.cut);
    if (hosted === undefined) return findings;
    const addresses: AssignedAddresses = new Map(
      await Promise.all(
        unnamedServers(facts, hosted).map(
          async name => [name, await addressesOf(octetsOfName(name))] as const,
        ),
      ),
    );
    return judgeHosted(facts, hosted, addresses, findings);
  }
}
