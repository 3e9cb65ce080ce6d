import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { nameFromUser } from '../dns/idn.ts';
import { messageOf, ZonecutError } from '../error.ts';
import type { ViaResolver } from '../survey/via.ts';
import { dohTransport, parseDohTemplate } from '../world/doh.ts';
import { dotTransport } from '../world/dot.ts';
import { type Closable, nodeTransport } from '../world/node.ts';
import type { Authentication } from '../world/tls-client.ts';
import { tcpOnTruncation } from '../world/transports.ts';
import type { Endpoint } from '../world/world.ts';
import { type Context, parsePort } from './context.ts';

/** A resolver that the user named, with what has to be closed behind it. */
export type OpenVia = ViaResolver & Closable;

/** How the certificates of resolvers are checked. */
export interface ViaFlags {
  /** A file of authorities to trust in place of the system's, PEM. */
  readonly viaCa?: string;
}

/**
 * Opens what `text` names: `192.0.2.1`, `udp://192.0.2.1:53`, `tcp://...`, `tls://dns.example`, `tls://192.0.2.1#dns.example`
 * (an address, and the name that its certificate is for) or `https://dns.example/dns-query{?dns}`.
 *
 * The addresses of names are found by our own walk. Throws ZC_USAGE for anything else, and for a name without address.
 */
export async function openVia(context: Context, text: string, flags: ViaFlags): Promise<OpenVia> {
  const { dialing } = context;
  const ca = flags.viaCa === undefined ? undefined : await readCa(flags.viaCa);
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1] ?? 'udp';
  switch (scheme) {
    case 'udp':
    case 'tcp': {
      const transport = nodeTransport(context.dialing);
      const { host, port } = hostAndPort(text, 53);
      const server = { address: await addressOf(context, host, text), port };
      return {
        ...{ text, server, protocol: scheme, transport: tcpOnTruncation(transport) },
        close: () => transport.close(),
      };
    }
    case 'tls': {
      const { host, port, name } = hostAndPort(text, 853);
      const transport = dotTransport({ authentication: authenticationFor(name ?? host, ca), dialing });
      const server = { address: await addressOf(context, host, text), port };
      return { text, server, protocol: 'tls', transport, close: () => transport.close() };
    }
    case 'https': {
      const template = parseDohTemplate(text);
      const transport = dohTransport({
        template,
        authentication: authenticationFor(template.host, ca),
        dialing,
      });
      const server: Endpoint = {
        address: await addressOf(context, template.host, text),
        port: template.port,
      };
      return { text, server, protocol: 'https', transport, close: () => transport.close() };
    }
    default:
      throw noResolver(text);
  }
}

function authenticationFor(name: string, ca: string | undefined): Authentication {
  return { kind: 'name', name, ...(ca === undefined ? {} : { ca }) };
}

function hostAndPort(text: string, defaultPort: number): { host: string; port: number; name?: string } {
  const bare = text.replace(/^[a-z]+:\/\//, '').replace(/\/$/, '');
  const [place = '', name] = bare.split('#');
  if (isIP(place) !== 0) {
    return { host: place, port: defaultPort, ...(name === undefined ? {} : { name }) };
  }
  const parts = /^(?:\[([^\]]+)\]|([^:[\]/\s]+))(?::(\d+))?$/.exec(place);
  const host = parts?.[1] ?? parts?.[2];
  if (host === undefined) {
    throw noResolver(text);
  }
  const port = parts?.[3] === undefined ? defaultPort : parsePort(parts[3], 'the port of a resolver');
  return { host, port, ...(name === undefined ? {} : { name }) };
}

async function addressOf(context: Context, host: string, text: string): Promise<string> {
  if (isIP(host) !== 0) {
    return host;
  }
  const { net, signal } = context;
  const [address] = await net.resolver.addressesOf(nameFromUser(host), { signal });
  if (address === undefined) {
    throw new ZonecutError('ZC_USAGE', `${host} of --via ${text} has no address that can be found`, {
      hint: 'Give the address: tls://ADDRESS#NAME, or an https URI with it.',
    });
  }
  return address;
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ZonecutError('ZC_USAGE', `--via-ca ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function noResolver(text: string): ZonecutError {
  return new ZonecutError('ZC_USAGE', `"${text}" is no resolver`, {
    hint: 'Such as 192.0.2.1, udp://192.0.2.1:53, tls://dns.example or https://dns.example/dns-query.',
  });
}
