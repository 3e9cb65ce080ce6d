import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dohTransport, parseDohTemplate } from '../../../src/world/doh.ts';
import { dotTransport } from '../../../src/world/dot.ts';
import { nodeTransport } from '../../../src/world/node.ts';
import type { Transport } from '../../../src/world/world.ts';
import { makeCertificate, type TestCertificate } from '../../world/certificates.ts';
import { type Running, startProgram } from '../programs.ts';
import { startUnbound } from '../unbound.ts';
import type { Served } from './servers.ts';

/** The resolvers that are compared: ours, a real Unbound, and another that sends whole names to every server. */
export type Party = 'ours' | 'theirs' | 'wholeNames';

/** How a resolver is asked. */
export interface Way {
  readonly transport: Transport;
  readonly port: number;
}

/** Resolvers that know the roots of the generated internet, and nothing yet of what is below. */
export interface Resolvers {
  readonly addresses: Readonly<Record<Party, string>>;
  readonly plain: Way;
  /** DNS over TLS and over HTTPS; `wholeNames` is not asked that way. */
  readonly encrypted: Readonly<Record<'DNS over TLS' | 'DNS over HTTPS', Way>>;
  stop(): Promise<void>;
}

const addresses = { ours: '127.200.1.1', theirs: '127.200.1.2', wholeNames: '127.200.1.3' } as const;
/** More than any test has under way. */
const maxInFlight = 500;

/** Starts all of them with files in `folder`; `flags` are further ones of `zonecut resolver`. */
export async function startResolvers(
  served: Served,
  folder: string,
  flags: readonly string[],
): Promise<Resolvers> {
  const hints = path.join(folder, 'root.hints');
  const anchors = path.join(folder, 'root.anchor');
  await writeFile(hints, served.hintsText);
  await writeFile(anchors, served.anchorText);
  const certificate = await makeCertificate('DNS:dns.test');
  const settings = unboundSettings(anchors);
  const starting = [
    startUnbound(hints, addresses.theirs, ...settings, ...unboundListeners(certificate)),
    startUnbound(hints, addresses.wholeNames, ...settings, 'qname-minimisation: no'),
    startOurs({ hints, anchors, folder, certificate, flags }),
  ];
  const started = await Promise.allSettled(starting);
  const authentication = { kind: 'name', name: 'dns.test', ca: certificate.ca } as const;
  const plain = nodeTransport({ udpPorts: 'single', maxInFlight });
  const dot = dotTransport({ authentication });
  const doh = dohTransport({
    template: parseDohTemplate('https://dns.test/dns-query{?dns}'),
    authentication,
  });
  const stop = async (): Promise<void> => {
    await Promise.all([plain, dot, doh].map(transport => transport.close()));
    await Promise.all(started.map(one => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
    await certificate.close();
  };
  const failure = started.find(one => one.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  return {
    addresses,
    plain: { transport: plain, port: 53 },
    encrypted: {
      'DNS over TLS': { transport: dot, port: 853 },
      'DNS over HTTPS': { transport: doh, port: 443 },
    },
    stop,
  };
}

/** What of Unbound's settings ours have no switch for is put to what ours do. */
function unboundSettings(anchors: string): readonly string[] {
  return [
    'module-config: "validator iterator"',
    `trust-anchor-file: "${anchors}"`,
    'trust-anchor-signaling: no',
    'root-key-sentinel: no',
    'qname-minimisation: yes',
    'aggressive-nsec: no',
    'harden-glue: yes',
    'harden-dnssec-stripped: yes',
    'harden-below-nxdomain: yes',
    'harden-referral-path: no',
    'harden-algo-downgrade: no',
    'val-nsec3-keysize-iterations: "1024 50 2048 50 4096 50"',
    'minimal-responses: yes',
    'ede: yes',
    'num-queries-per-thread: 4096',
    'jostle-timeout: 10000',
    'outgoing-range: 8192',
    'infra-cache-max-rtt: 2000',
  ];
}

function unboundListeners({ folder }: TestCertificate): readonly string[] {
  return [
    ...[`interface: ${addresses.theirs}@853`, `interface: ${addresses.theirs}@443`],
    ...['tls-port: 853', 'https-port: 443'],
    `tls-service-key: "${path.join(folder, 'key.pem')}"`,
    `tls-service-pem: "${path.join(folder, 'cert.pem')}"`,
  ];
}

function startOurs(given: {
  readonly hints: string;
  readonly anchors: string;
  readonly folder: string;
  readonly certificate: TestCertificate;
  readonly flags: readonly string[];
}): Promise<Running> {
  const { hints, anchors, folder, certificate, flags } = given;
  const { ours } = addresses;
  const tls = [
    '--cert',
    path.join(certificate.folder, 'cert.pem'),
    '--key',
    path.join(certificate.folder, 'key.pem'),
  ];
  const places = ['--listen', `${ours}:53`, '--dot', `${ours}:853`, '--doh', `${ours}:443`];
  return startProgram(
    process.execPath,
    [
      process.env['ZONECUT_INTEROP_COMMAND'] ?? '',
      'resolver',
      ...places,
      ...tls,
      '--trust-anchor',
      anchors,
      ...flags,
    ],
    output => output.includes('Ctrl-C ends it'),
    {
      environment: {
        ZONECUT_ROOT_HINTS: hints,
        ZONECUT_OFFLINE: '1',
        ZONECUT_STATE_DIR: folder,
        HOME: folder,
      },
    },
  );
}
