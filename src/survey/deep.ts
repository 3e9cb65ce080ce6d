import { makeQuery } from '../dns/message.ts';
import type { Name } from '../dns/name.ts';
import { decodeMessage, encodeMessage } from '../dns/wire.ts';
import type { Conversation, Endpoint, Exchange, World } from '../world/world.ts';
import { type Asker, kept } from './asker.ts';
import type { DeepFacts, Observation } from './facts.ts';
import type { Server } from './view.ts';

/** Milliseconds that a server has for each packet of a deep look. */
const timeoutMs = 1800;

/** What a deep look needs beside the World. */
export interface DeepTools {
  readonly asker: Asker;
  /** The port of every server. */
  readonly port: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks one server of the cut for its SOA in letters of mixed case, and for the whole zone, of which it takes the first message.
 *
 * Two packets where both are answered. Only for servers that answered before, so that no address is asked that the World
 * refuses. Rejects only with the signal's reason.
 */
export async function lookDeep(
  world: World,
  server: Server,
  cut: Name,
  tools: DeepTools,
): Promise<DeepFacts> {
  const [mixedCase, transfer] = await Promise.all([
    inMixedCase(world, server, cut, tools),
    firstOfTransfer(world, server, cut, tools),
  ]);
  return { mixedCase, transfer };
}

/** The name with every other letter a capital: `ExAmPlE.`, the same each time, so that facts can be compared. */
export function mixedCaseOf(name: Name): string {
  let letters = 0;
  return name.replaceAll(/[a-z]/g, letter => (letters++ % 2 === 0 ? letter.toUpperCase() : letter));
}

async function inMixedCase(
  world: World,
  server: Server,
  cut: Name,
  { asker, port, signal }: DeepTools,
): Promise<Observation | null> {
  const question = { name: cut, type: 'SOA' };
  const spelling = mixedCaseOf(cut);
  if (spelling === cut) {
    return null;
  }
  // Without EDNS, so that a server that knows none is not held to be one that minds the case.
  const query = makeQuery(cut, 'SOA', { spelling, udpSize: null });
  const at: Endpoint = { address: server.address, port };
  for (let packets = 1; ; packets += 1) {
    const spent = asker.spend(cut, 'SOA');
    if (spent !== null) {
      return { server, question, exchange: { kind: 'not-asked', why: spent }, packets: packets - 1 };
    }
    const exchange = await world.dns.exchange(query, at, { timeoutMs, anyCase: true, signal });
    if (exchange.kind !== 'timeout' || packets === 2) {
      return { server, question, exchange: kept(exchange), packets };
    }
  }
}

/** The first message of a zone transfer (RFC 5936 section 2.2), of whose records the first alone is kept. */
async function firstOfTransfer(
  world: World,
  server: Server,
  cut: Name,
  { asker, port, signal }: DeepTools,
): Promise<Observation> {
  const question = { name: cut, type: 'AXFR' };
  const spent = asker.spend(cut, 'AXFR');
  if (spent !== null) {
    return { server, question, exchange: { kind: 'not-asked', why: spent }, packets: 0 };
  }
  const id = world.random.below(0x10000);
  const startedMs = world.clock.elapsed();
  let first: Exchange | null = null;
  const conversation = await world.streams.converse(
    encodeMessage({ ...makeQuery(cut, 'AXFR', { udpSize: null }), id }),
    { address: server.address, port },
    octets => {
      first = responseIn(octets, id, world.clock.elapsed() - startedMs);
      return 'enough';
    },
    { timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );
  return { server, question, exchange: first ?? endOf(conversation), packets: 1 };
}

function responseIn(octets: Uint8Array, id: number, rttMs: number): Exchange {
  try {
    const message = decodeMessage(octets);
    return message.id !== id || !message.response
      ? { kind: 'malformed', problem: 'the message answers another question', protocol: 'tcp' }
      : {
          kind: 'response',
          message: { ...message, answer: message.answer.slice(0, 1), authority: [], additional: [] },
          protocol: 'tcp',
          rttMs,
          octets: octets.length,
        };
  } catch {
    return { kind: 'malformed', problem: 'no DNS message', protocol: 'tcp' };
  }
}

function endOf(conversation: Conversation): Exchange {
  switch (conversation.kind) {
    case 'unreachable':
      return { kind: 'unreachable', reason: conversation.reason, protocol: 'tcp' };
    case 'timeout':
      return { kind: 'timeout', afterMs: conversation.afterMs, protocol: 'tcp' };
    default:
      return { kind: 'unreachable', reason: 'reset', protocol: 'tcp' };
  }
}
