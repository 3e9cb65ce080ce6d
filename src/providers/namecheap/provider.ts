import type { Name } from '../../dns/name.ts';
import { compareNames, parseName } from '../../dns/name.ts';
import type { World } from '../../world/world.ts';
import type { Settings } from '../driver.ts';
import type { CallOptions, HostedZone, Identity, Provider, Right, Rights } from '../provider.ts';
import { createQueue } from '../queue.ts';
import type { NamecheapApi } from './api.ts';
import { NamecheapFault, openApi, resultOf } from './api.ts';
import { namecheapCapabilities } from './capabilities.ts';
import { domainParts } from './domain.ts';
import { changeHosts, readHosts, snapshotOf } from './hosts.ts';
import { childrenOf, findElement, isYes } from './xml.ts';

/** Domains of one page, the most that Namecheap gives. */
const pageSize = 100;

/** Pages that are read of one account, so that a host that never ends its list does not keep us. */
const maxPages = 1000;

/** Opens a Namecheap account. Throws ZC_CREDENTIALS when a part of the credentials is missing. */
export async function openNamecheap(world: World, settings: Settings): Promise<Provider> {
  const api = openApi(world, settings);
  const queue = createQueue();
  return {
    id: 'namecheap',
    label: `Namecheap (${api.user})`,
    capabilities: namecheapCapabilities,
    whoAmI: options => coded(() => whoAmI(api, options)),
    rights: (zone, options) => coded(() => rights(api, zone, options)),
    listZones: options => listZones(api, options),
    findZones: (apex, options) => coded(() => findZones(api, apex, options)),
    createZone: async apex => {
      throw api.http.fault(
        'ZC_PROVIDER_REFUSED',
        `${apex} cannot be created: Namecheap keeps a zone for each domain that is registered there, and no others`,
        'Choose another host for the child.',
      );
    },
    deleteZone: async zone => {
      throw api.http.fault(
        'ZC_PROVIDER_REFUSED',
        `the zone ${zone.apex} lives as long as its domain is registered`,
      );
    },
    readZone: (zone, options) =>
      coded(async () => snapshotOf(zone, await readHosts(api, zone, options?.signal))),
    changeZone: (zone, changes, options) =>
      queue.run(zone.id, () => coded(() => changeHosts(api, zone, changes, options?.signal))),
  };
}

/** Lets a number of the API leave the driver as the error that belongs to it. */
async function coded<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof NamecheapFault ? error.error : error;
  }
}

async function whoAmI(api: NamecheapApi, options: CallOptions | undefined): Promise<Identity> {
  await readPage(api, 1, options?.signal);
  return { account: api.user, source: 'environment (NAMECHEAP_API_KEY)' };
}

/** Namecheap says for each domain what may be edited in it. */
async function rights(
  api: NamecheapApi,
  zone: HostedZone | null,
  options: CallOptions | undefined,
): Promise<Rights> {
  if (zone === null) {
    await readPage(api, 1, options?.signal);
    return { readZones: 'yes', createZones: 'no', writeRecords: 'unknown' };
  }
  try {
    const command = 'namecheap.domains.getInfo';
    const answer = await api.ask(command, { DomainName: zone.apex.slice(0, -1) }, options?.signal);
    const info = resultOf(api, command, answer, 'domaingetinforesult');
    const allowed = findElement(info, 'modificationrights');
    if (allowed === null) return { readZones: 'yes', createZones: 'no', writeRecords: 'unknown' };
    const all = allowed.attributes.get('all');
    const granted = childrenOf(allowed, 'rights').filter(right => isYes(right.text));
    const mayWrite =
      isYes(all) ||
      granted.some(right => ['hosts', 'dns'].includes(right.attributes.get('type')?.toLowerCase() ?? ''));
    const answered: Right = mayWrite ? 'yes' : all === undefined ? 'unknown' : 'no';
    return { readZones: 'yes', createZones: 'no', writeRecords: answered };
  } catch (error) {
    if (error instanceof NamecheapFault && error.error.code === 'ZC_RIGHTS') {
      return { readZones: 'no', createZones: 'no', writeRecords: 'no' };
    }
    throw error;
  }
}

interface Page {
  /** Of domains whose records are at Namecheap. */
  readonly apexes: readonly Name[];
  readonly last: boolean;
}

async function readPage(api: NamecheapApi, number: number, signal: AbortSignal | undefined): Promise<Page> {
  const command = 'namecheap.domains.getList';
  const answer = await api.ask(
    command,
    { ListType: 'ALL', Page: String(number), PageSize: String(pageSize), SortBy: 'NAME' },
    signal,
  );
  const domains = childrenOf(resultOf(api, command, answer, 'domaingetlistresult'), 'domain');
  const paging = resultOf(api, command, answer, 'paging');
  const total = Number(childrenOf(paging, 'totalitems')[0]?.text ?? Number.NaN);
  const size = Number(childrenOf(paging, 'pagesize')[0]?.text ?? Number.NaN);
  if (
    !Number.isInteger(total) ||
    !Number.isInteger(size) ||
    size < 1 ||
    (domains.length === 0 && total > (number - 1) * size)
  ) {
    throw api.http.fault(
      'ZC_PROVIDER_RESPONSE',
      `${command}: page ${number} holds ${domains.length} of ${total} domains`,
    );
  }
  const ours = domains.filter(domain => isYes(domain.attributes.get('isourdns')));
  return {
    apexes: ours.map(domain => parseName(domain.attributes.get('name') ?? '')),
    last: number * size >= total,
  };
}

async function* listZones(api: NamecheapApi, options: CallOptions | undefined): AsyncIterable<HostedZone> {
  for (let number = 1; number <= maxPages; number += 1) {
    const page = await coded(() => readPage(api, number, options?.signal));
    for (const apex of page.apexes) yield zoneOf(apex, []);
    if (page.last) return;
  }
  throw api.http.fault('ZC_LIMIT', `the list of domains has more than ${maxPages} pages`);
}

async function findZones(
  api: NamecheapApi,
  apex: Name,
  options: CallOptions | undefined,
): Promise<readonly HostedZone[]> {
  const parts = domainParts(apex);
  if (parts === null) return [];
  const command = 'namecheap.domains.dns.getList';
  try {
    const answer = await api.ask(command, { ...parts }, options?.signal);
    const result = resultOf(api, command, answer, 'domaindnsgetlistresult');
    if (!isYes(result.attributes.get('isusingourdns'))) return [];
    return [
      zoneOf(
        apex,
        childrenOf(result, 'nameserver').map(server => parseName(server.text)),
      ),
    ];
  } catch (error) {
    // 2019166: no such domain; 2016166 and 3016166: somebody else's.
    if (error instanceof NamecheapFault && ['2019166', '2016166', '3016166'].includes(error.number))
      return [];
    throw error;
  }
}

function zoneOf(apex: Name, servers: readonly Name[]): HostedZone {
  return {
    provider: 'namecheap',
    id: apex.slice(0, -1),
    apex,
    nameServers: [...servers].sort(compareNames),
    reference: null,
  };
}
