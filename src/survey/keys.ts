import type { Name } from '../dns/name.ts';
import { groupRecords, type Rdata, type RRset, type RRType } from '../dns/rrset.ts';
import { askServer } from '../resolver/query.ts';
import type { World } from '../world/world.ts';
import { type Net, signalOption } from './ask.ts';
import { answerOf, type Server } from './view.ts';

/** What one server of a zone shows of its keys, and of what they sign at the apex. */
export interface KeyView {
  readonly server: Server;
  /** RRsets of the apex with the data of their RRSIG records: of `apexTypes` those that the server has. */
  readonly rrsets: readonly SignedRRset[];
  /** Why the server does not tell, such as `REFUSED`; null when it answered with authority. */
  readonly problem: string | null;
}

/** An RRset with the data of the RRSIG records that came with it. */
export interface SignedRRset {
  readonly rrset: RRset;
  readonly signatures: readonly Rdata[];
}

/** What is asked for at the apex: the keys, what every zone has, and what the child asks of its parent (RFC 7344, RFC 7477). */
export const apexTypes: readonly RRType[] = ['DNSKEY', 'SOA', 'NS', 'CDS', 'CDNSKEY', 'CSYNC'];

/** Asks each of `servers`, with DO, for `apexTypes` at `apex`, all at the same time. In their order. */
export async function viewKeys(
  world: World,
  net: Net,
  servers: readonly Server[],
  apex: Name,
  signal?: AbortSignal,
): Promise<readonly KeyView[]> {
  return await Promise.all(
    servers.map(async server => {
      const found = await Promise.all(
        apexTypes.map(type => askSigned(world, net, server, apex, type, signal)),
      );
      return {
        server,
        rrsets: found.flatMap(({ signed }) => signed ?? []),
        problem: found.find(({ problem }) => problem !== null)?.problem ?? null,
      };
    }),
  );
}

async function askSigned(
  world: World,
  net: Net,
  server: Server,
  apex: Name,
  type: RRType,
  signal: AbortSignal | undefined,
): Promise<{ readonly signed: SignedRRset | null; readonly problem: string | null }> {
  const { exchange, verdict } = await askServer(
    world,
    { address: server.address, port: net.port },
    { name: apex, type },
    { dnssecOk: true, ...signalOption(signal) },
  );
  if (verdict.kind === 'address-refused') {
    return { signed: null, problem: 'not asked: no public name server can be at this address' };
  }
  const answer = answerOf(exchange, apex, type);
  switch (answer.kind) {
    case 'answer': {
      if (!answer.authoritative || exchange.kind !== 'response') {
        return { signed: null, problem: `answers for ${apex} without authority` };
      }
      const records = groupRecords(exchange.message.answer);
      const signatures = records.find(rrset => rrset.owner === apex && rrset.type === 'RRSIG')?.data ?? [];
      return { signed: { rrset: answer.rrset, signatures }, problem: null };
    }
    case 'nodata':
      return {
        signed: null,
        problem: answer.authoritative ? null : `answers for ${apex} without authority`,
      };
    case 'error':
      return { signed: null, problem: `answers ${answer.rcode}` };
    case 'silent':
      return { signed: null, problem: answer.why };
    default:
      return { signed: null, problem: `holds no zone ${apex}` };
  }
}

/** The RRset of that type in a view, with its signatures; null when the server has none. */
export function signedIn(view: KeyView, type: RRType): SignedRRset | null {
  return view.rrsets.find(({ rrset }) => rrset.type === type) ?? null;
}
