import { parseNameAt } from '../dns/name.ts';
import { parseRdata } from '../dns/rdata.ts';
import { groupRecords, type ResourceRecord, type RRset } from '../dns/rrset.ts';
import { type HttpListener, listenHttp, type ServeHttp } from '../world/listen-http.ts';
import type { EmulatorDeps } from './emulation.ts';
import { createRoute53Emulator, type Route53Emulator } from './route53/emulator.ts';
import type { InternetTimes } from './times.ts';
import { type ExampleZone, route53Example, route53Servers } from './topology.ts';

/** What the hosts are made of. */
export interface HostDeps extends EmulatorDeps {
  readonly times: InternetTimes;
}

/** The DNS hosts of the sandbox, each an account behind an HTTP API on 127.0.0.1. */
export interface Hosts {
  readonly route53: Route53Emulator;
  /** Endpoints and credentials under the names that the vendors' users know. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Opens the accounts with their example zones. Rejects with ZC_PORT. */
export async function startHosts(deps: HostDeps): Promise<Hosts> {
  const route53 = openRoute53(deps);
  const listeners: HttpListener[] = [];
  const listen = async (serve: ServeHttp): Promise<string> => {
    const listener = await listenHttp({ address: '127.0.0.1', port: 0 }, serve);
    listeners.push(listener);
    return listener.url;
  };
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map(listener => listener.close()));
  };
  try {
    const environment = {
      AWS_ENDPOINT_URL_ROUTE_53: await listen(request => route53.handle(request)),
      AWS_ACCESS_KEY_ID: awsKey.id,
      AWS_SECRET_ACCESS_KEY: awsKey.secret,
      AWS_REGION: 'us-east-1',
    };
    return { route53, environment, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const awsKey = { id: 'AKIAZONECUTSANDBOX01', secret: 'zonecut/sandbox/secret/key/0000000000001' };

function openRoute53(deps: HostDeps): Route53Emulator {
  const { negativeTtlSeconds, delegationTtlSeconds } = deps.times;
  const emulator = createRoute53Emulator(deps, {
    servers: route53Servers.map(server => server.name),
    keys: [awsKey],
    apexTimes: {
      ...(delegationTtlSeconds === null ? {} : { nsTtl: delegationTtlSeconds }),
      ...(negativeTtlSeconds === null ? {} : { soaTtl: negativeTtlSeconds, soaMinimum: negativeTtlSeconds }),
    },
  });
  emulator.seedZone({
    name: route53Example.apex,
    rrsets: rrsetsOf(route53Example),
    nameServers: route53Example.servers,
  });
  return emulator;
}

function rrsetsOf(zone: ExampleZone): readonly RRset[] {
  const records = zone.records.map(
    ({ host, type, data, ttl }): ResourceRecord => ({
      owner: parseNameAt(host, zone.apex),
      type,
      class: 'IN',
      ttl,
      data: parseRdata(type, data, zone.apex),
    }),
  );
  return groupRecords(records);
}
