import { isIP } from 'node:net';
import { ZonecutError } from '../error.ts';
import { Secret } from '../secret.ts';
import type { Dialing } from '../world/dial.ts';
import type { SocksProxy } from '../world/proxy.ts';
import type { SourceAddresses } from '../world/routes.ts';

/** How queries leave: the proxy of `--proxy` or ZONECUT_PROXY, from the addresses of ZONECUT_SOURCE. Throws ZC_USAGE. */
export function dialingOf(
  given: { readonly proxy?: string },
  environment: Readonly<Record<string, string | undefined>>,
): Dialing {
  const addresses = (environment['ZONECUT_SOURCE'] ?? '').split(/[\s,]+/).filter(text => text !== '');
  const set = environment['ZONECUT_PROXY'] ?? '';
  const proxy =
    given.proxy !== undefined
      ? withoutLogin(parseProxy(given.proxy, '--proxy'))
      : set === ''
        ? null
        : parseProxy(set, 'ZONECUT_PROXY');
  return { source: parseSource(addresses, 'ZONECUT_SOURCE'), proxy };
}

/** The addresses that queries leave from, one a family; `setting` names where they stand. Throws ZC_USAGE. */
export function parseSource(given: readonly string[], setting: string): SourceAddresses {
  const [ipv4, ipv6] = [4, 6].map(family => given.find(address => isIP(address) === family));
  const known = [ipv4, ipv6].filter(address => address !== undefined);
  if (known.length < given.length) {
    throw new ZonecutError('ZC_USAGE', `${setting} is "${given.join(' ')}"`, {
      hint: 'Give one IPv4 address, one IPv6 address, or one of each.',
    });
  }
  return { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}

/** `socks5://host:port` or `socks5://user:password@host:port`; the port is 1080 unless given (RFC 1928 section 3). */
function parseProxy(text: string, setting: string): SocksProxy {
  const url = URL.canParse(text) ? new URL(text) : null;
  const host = url?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '';
  const rest = url === null ? '' : `${url.pathname.replace(/^\/$/, '')}${url.search}${url.hash}`;
  if (url === null || !/^socks5h?:$/.test(url.protocol) || host === '' || rest !== '') {
    // The text may hold a password, so it is not shown.
    throw new ZonecutError('ZC_USAGE', `${setting} names no SOCKS5 proxy`, {
      hint: 'Such as socks5://127.0.0.1:1080.',
    });
  }
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const login = username === '' && password === '' ? null : { username, password: new Secret(password) };
  return { host, port: url.port === '' ? 1080 : Number(url.port), login };
}

/** A command line is seen by everybody on the machine. */
function withoutLogin(proxy: SocksProxy): SocksProxy {
  if (proxy.login !== null) {
    throw new ZonecutError(
      'ZC_USAGE',
      '--proxy has a username or a password, which others on this machine can see',
      {
        hint: 'Set the variable ZONECUT_PROXY to socks5://USER:PASSWORD@HOST:PORT.',
      },
    );
  }
  return proxy;
}
