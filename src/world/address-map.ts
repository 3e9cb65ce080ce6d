import { isIP } from 'node:net';
import { ZonecutError } from '../error.ts';
import { mappingAddresses } from './transports.ts';
import type { Endpoint, Transport } from './world.ts';

/** Where the servers of a World's addresses really listen, whatever port they are asked on. */
export type AddressMap = ReadonlyMap<string, Endpoint>;

/** One line: `127.1.0.1=127.0.0.1:40001,127.1.0.2=127.0.0.1:40002`. */
export function printAddressMap(map: AddressMap): string {
  return [...map].map(([address, at]) => `${address}=${at.address}:${at.port}`).join(',');
}

/** What `printAddressMap` printed. Throws ZC_USAGE for anything else; nothing gives an empty map. */
export function parseAddressMap(text: string): AddressMap {
  const map = new Map<string, Endpoint>();
  for (const entry of text.split(',').filter(part => part.trim() !== '')) {
    const [, from = '', to = '', port = ''] = /^\s*([^=\s]+)=(\S+):(\d{1,5})\s*$/.exec(entry) ?? [];
    if (isIP(from) === 0 || isIP(to) === 0 || Number(port) < 1 || Number(port) > 65535) {
      throw new ZonecutError('ZC_USAGE', `no entry of an address map: ${entry.trim()}`, {
        hint: 'An entry is ADDRESS=ADDRESS:PORT, such as 127.1.0.1=127.0.0.1:40001.',
      });
    }
    map.set(from, { address: to, port: Number(port) });
  }
  return map;
}

/** Sends queries for addresses of `map`, as it is at that moment, to where their servers really listen, and all others unchanged. */
export function throughAddressMap(transport: Transport, map: AddressMap): Transport {
  return mappingAddresses(transport, server => map.get(server.address) ?? server);
}
