import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { Clock, HttpRequest, HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, textResponse } from '../emulation.ts';
import { serveWithFaults } from '../faults.ts';
import {
  type Account,
  addDomain,
  type DomainState,
  numbered,
  publishDomain,
  rrsetsOfDomain,
  type SeedDomain,
} from './account.ts';
import { commands } from './commands.ts';
import { apiFault, NamecheapFault } from './fault.ts';
import type { ZoneTimes } from './host-zone.ts';
import { type Parameters, readParameters } from './parameters.ts';
import type { HostRow, NewRow } from './rows.ts';
import { countHosts } from './set-hosts.ts';
import { printAnswer } from './xml.ts';

/** How many requests the account may make. */
export interface NamecheapRates {
  readonly perMinute: number;
  readonly perHour: number;
  readonly perDay: number;
}

/** How an emulated account differs from a fresh one. */
export interface NamecheapOptions {
  /** The name servers of its zones. */
  readonly servers: readonly Name[];
  readonly apiUser: string;
  readonly apiKey: string;
  /** That of `apiUser` unless given. */
  readonly userName?: string;
  /** The IPv4 addresses that may ask; null for any. `127.0.0.1` unless given. */
  readonly whitelist?: readonly string[] | null;
  /** 20, 700 and 8000 unless given; null for no limits. */
  readonly rates?: NamecheapRates | null;
  /** 1800, 3601 and 3601 unless given. */
  readonly times?: Partial<ZoneTimes>;
  /** Where web redirects are served; 162.255.119.10 unless given. */
  readonly redirectAddress?: string;
  /** Whether a row that setHosts sends unchanged keeps its HostId; every row gets a new one unless given. */
  readonly keepsHostIds?: boolean;
  /** Whether setHosts spares the RRsets that getHosts does not show; it does unless given. */
  readonly keepsHidden?: boolean;
}

/** An account at Namecheap behind its HTTP API (XML), strict as the service is. */
export interface NamecheapEmulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  /** Puts a domain into the account and its zone on the name servers. */
  seedDomain(seed: SeedDomain): void;
  domains(): readonly DomainState[];
  /** The rows of a domain, oldest first; none for a domain that is not there. */
  rows(domain: string): readonly HostRow[];
  /** Changes the rows of a domain, as somebody else would in the console. */
  edit(domain: string, change: (rows: readonly HostRow[]) => readonly (HostRow | NewRow)[]): void;
  /** What the name servers serve of a domain; empty for a domain that is not there. */
  rrsets(domain: string): readonly RRset[];
}

const serviceRates: NamecheapRates = { perMinute: 20, perHour: 700, perDay: 8000 };
const serviceTimes: ZoneTimes = { nsTtl: 1800, soaTtl: 3601, soaMinimum: 3601 };
/** Hosts that a GET may name. */
const maxHostsInQuery = 10;

/** An account without domains. */
export function createNamecheapEmulator(deps: EmulatorDeps, options: NamecheapOptions): NamecheapEmulator {
  const account: Account = {
    deps,
    settings: {
      servers: options.servers,
      times: { ...serviceTimes, ...options.times },
      redirectAddress: options.redirectAddress ?? '162.255.119.10',
      keepsHostIds: options.keepsHostIds ?? false,
      keepsHidden: options.keepsHidden ?? true,
    },
    domains: new Map(),
    lastId: 746_000 + deps.random.below(1000),
  };
  const admits = admission(deps.clock, options.rates === undefined ? serviceRates : options.rates);
  return {
    handle: request => handle(account, options, admits, request),
    seedDomain(seed) {
      addDomain(account, seed);
    },
    domains: () => [...account.domains.values()],
    rows: name => account.domains.get(name)?.rows ?? [],
    edit(name, change) {
      const domain = account.domains.get(name);
      if (domain !== undefined) {
        domain.rows = change(domain.rows).map(row => ('id' in row ? row : numbered(account, row)));
        publishDomain(account, domain);
      }
    },
    rrsets(name) {
      const domain = account.domains.get(name);
      return domain === undefined ? [] : rrsetsOfDomain(account, domain);
    },
  };
}

/** Counts requests in three sliding windows. */
function admission(clock: Clock, rates: NamecheapRates | null): () => boolean {
  if (rates === null) {
    return () => true;
  }
  const windows = [
    { ms: 60_000, most: rates.perMinute },
    { ms: 3_600_000, most: rates.perHour },
    { ms: 86_400_000, most: rates.perDay },
  ];
  let times: number[] = [];
  return () => {
    const now = clock.elapsed();
    times = times.filter(time => now - time < 86_400_000);
    if (windows.some(({ ms, most }) => times.filter(time => now - time < ms).length >= most)) {
      return false;
    }
    times.push(now);
    return true;
  };
}

function handle(
  account: Account,
  options: NamecheapOptions,
  admits: () => boolean,
  request: HttpRequest,
): Promise<HttpServed> {
  const parameters = readParameters(request);
  const asked = parameters.get('command') ?? '';
  const command = commands.get(asked.toLowerCase())?.name ?? (asked === '' ? 'none' : asked);
  const path = new URL(request.url).pathname;
  return serveWithFaults(account.deps.faults, {
    api: 'namecheap',
    operation: command,
    method: request.method,
    path,
    vendor: {
      throttled: () => page(405, 'Too many requests'),
      broken: () => page(500, 'Server Error'),
      malformed: good => ({
        ...good,
        body: new TextEncoder().encode('<?xml version="1.0" encoding="utf-8"?>\r\n<ApiResponse Status="OK"'),
      }),
    },
    perform: async () => {
      if (
        path !== '/xml.response' ||
        (request.method === 'GET' && countHosts(parameters) > maxHostsInQuery)
      ) {
        return page(404, 'Not Found');
      }
      if (!admits() || (request.method !== 'GET' && request.method !== 'POST')) {
        return page(405, 'Too many requests');
      }
      return answer(account, options, parameters, command);
    },
  });
}

function page(status: number, title: string): HttpResponse {
  const html = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body><h1>${title}</h1></body>\r\n</html>`;
  return textResponse(status, 'text/html', html);
}

function answer(
  account: Account,
  options: NamecheapOptions,
  parameters: Parameters,
  name: string,
): HttpResponse {
  let command: string | null = null;
  try {
    checkCaller(options, parameters);
    const found = commands.get(name.toLowerCase());
    if (found === undefined) {
      throw apiFault(1011104, 'Parameter Command is invalid');
    }
    command = found.name;
    const caller = { userName: options.userName ?? options.apiUser };
    return printAnswer({ errors: [], command, result: found.run(account, caller, parameters) });
  } catch (error) {
    if (!(error instanceof NamecheapFault)) {
      throw error;
    }
    return printAnswer({
      errors: error.errors,
      command,
      result: error.result === null ? null : [error.result],
    });
  }
}

/** The parameters that every command needs. Throws a fault of the numbers 1010101 to 1011150. */
function checkCaller(options: NamecheapOptions, parameters: Parameters): void {
  const required = [
    ['apiuser', 1010101, 'APIUser'],
    ['apikey', 1010102, 'APIKey'],
    ['username', 1010103, 'UserName'],
    ['command', 1010104, 'Command'],
    ['clientip', 1010105, 'ClientIP'],
  ] as const;
  for (const [key, number, shown] of required) {
    if ((parameters.get(key) ?? '') === '') {
      throw apiFault(number, `Parameter ${shown} is missing`);
    }
  }
  const address = parameters.get('clientip') ?? '';
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) {
    throw apiFault(1011105, 'Parameter ClientIP is invalid');
  }
  if (parameters.get('apiuser') !== options.apiUser || parameters.get('apikey') !== options.apiKey) {
    throw apiFault(1011102, 'API Key is invalid or API access has not been enabled');
  }
  const whitelist = options.whitelist === undefined ? ['127.0.0.1'] : options.whitelist;
  if (whitelist !== null && !whitelist.includes(address)) {
    throw apiFault(1011150, `Invalid request IP: ${address}`);
  }
  if (parameters.get('username') !== (options.userName ?? options.apiUser)) {
    throw apiFault(1019103, 'UserName not available');
  }
}
