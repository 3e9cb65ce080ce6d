import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { respond } from '../../src/authority/authority.ts';
import { makeZoneSet } from '../../src/authority/zone-set.ts';
import { makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { printAddressMap } from '../../src/world/address-map.ts';
import { type DnsListener, listenDns } from '../../src/world/listen.ts';
import type { Endpoint } from '../../src/world/world.ts';
import { type SimPlan, type SimServer, zoneOfText } from '../resolver/sim.ts';

/** A small Internet on real sockets, and the environment of programs that live in it. */
export interface Served {
  readonly environment: Readonly<Record<string, string>>;
  /** A folder for files, removed by `close`. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Serves what `simulate` simulates, on ports of 127.0.0.1; a server with a fault does not listen. `rttMs` is not looked at. */
export async function serveWorld(plan: SimPlan): Promise<Served> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-served-'));
  const zones = new Map(
    Object.entries(plan.zones).map(([apex, text]) => [parseName(apex), zoneOfText(apex, text)]),
  );
  const listeners: DnsListener[] = [];
  const map = new Map<string, Endpoint>();
  const hints: string[] = [];
  for (const [address, given] of Object.entries(plan.servers)) {
    const server: SimServer = typeof given === 'string' ? { serves: given.split(' ') } : given;
    const held = (server.serves ?? []).flatMap(apex => zones.get(parseName(apex)) ?? []);
    const listener = await listenDns({ address: '127.0.0.1', port: 0 }, (query, { protocol }) => {
      if (server.fault === 'silent') {
        return null;
      }
      const plain = held.length === 0 ? makeResponse(query, 'REFUSED') : respond(makeZoneSet(held), query);
      return server.edit === undefined ? plain : server.edit(plain, query, protocol);
    });
    map.set(address, listener.endpoint);
    if (server.fault === 'refused-port' || server.fault === 'no-route') {
      await listener.close();
    } else {
      listeners.push(listener);
    }
    if (server.serves?.includes('.') === true) {
      const name = `r${hints.length}.root.`;
      hints.push(
        `. 3600000 NS ${name}\n${name} 3600000 ${address.includes(':') ? 'AAAA' : 'A'} ${address}\n`,
      );
    }
  }
  const file = path.join(folder, 'root.hints');
  await writeFile(file, hints.join(''));
  return {
    folder,
    environment: {
      ZONECUT_ADDRESS_MAP: printAddressMap(map),
      ZONECUT_ROOT_HINTS: file,
      ZONECUT_OFFLINE: '1',
      ZONECUT_STATE_DIR: folder,
      ZONECUT_DNS_PORT: '53',
      HOME: folder,
    },
    close: async () => {
      await Promise.all(listeners.map(listener => listener.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The servers of `plan` with `edit` after what they do already. */
export function editing(server: SimServer, edit: NonNullable<SimServer['edit']>): SimServer {
  return {
    ...server,
    edit: (response, query, protocol) => {
      const before = server.edit === undefined ? response : server.edit(response, query, protocol);
      return before === null ? null : edit(before, query, protocol);
    },
  };
}
