import { isAddress, parseAddress } from '../dns/address.ts';
import { nameFromUser } from '../dns/idn.ts';
import type { Name } from '../dns/name.ts';
import { ZonecutError } from '../error.ts';

/** Name servers with the addresses that somebody gave for them. */
export type NsHosts = readonly { readonly name: Name; readonly addresses: readonly string[] }[];

/** `NS=ADDRESS,ADDRESS` or `NS`, several: each name once, with its addresses in canonical form. Throws ZC_USAGE, which names `option`. */
export function nsHosts(option: string, texts: readonly string[]): NsHosts {
  const addresses = new Map<Name, string[]>();
  for (const text of texts) {
    const [host = '', list = ''] = text.split('=', 2);
    const given = list.split(',').filter(address => address !== '');
    const odd = given.find(address => !isAddress(address));
    if (odd !== undefined) {
      throw new ZonecutError('ZC_USAGE', `${option} ${text}: "${odd}" is no address`, {
        hint: `Give a name server and its addresses: ${option} ns1.example.com=192.0.2.1,2001:db8::1`,
      });
    }
    const name = nameFromUser(host);
    addresses.set(name, [
      ...(addresses.get(name) ?? []),
      ...given.map(address => parseAddress(address).text),
    ]);
  }
  return [...addresses].map(([name, here]) => ({ name, addresses: here }));
}
