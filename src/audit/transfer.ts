import { type Message, makeQuery } from '../dns/message.ts';
import type { Name } from '../dns/name.ts';
import { type Transfer, TransferReader, type TransferStep } from '../dns/transfer.ts';
import { decodeMessage, encodeMessage } from '../dns/wire.ts';
import { ZonecutError } from '../error.ts';
import type { Conversation, Endpoint, World } from '../world/world.ts';

const timeoutMs = 30_000;

/**
 * The cuts of a zone that a server hands out to anybody (AXFR, RFC 5936): owners of NS records below its apex, in its order.
 *
 * The zone is held while it is transferred, `maxTransferRecords` at most. Throws ZC_USAGE when the server gives none.
 */
export async function cutsByTransfer(
  world: World,
  apex: Name,
  server: Endpoint,
  signal?: AbortSignal,
): Promise<readonly Name[]> {
  const reader = new TransferReader({ kind: 'axfr', apex });
  const id = world.random.below(0x10000);
  let step: TransferStep = { kind: 'more' };
  const conversation = await world.streams.converse(
    encodeMessage({ ...makeQuery(apex, 'AXFR', { udpSize: null }), id }),
    server,
    octets => {
      const message: Message = decodeMessage(octets);
      if (message.id !== id) return 'more';
      step = reader.feed(message);
      return step.kind === 'more' ? 'more' : 'enough';
    },
    { timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );
  const transfer = transferOf(step);
  if (transfer === null || transfer.kind !== 'zone') {
    const problem = problemOf(step) ?? endText(conversation);
    throw new ZonecutError('ZC_USAGE', `${server.address} gives no transfer of ${apex}: ${problem}`, {
      hint: 'Ask its operator for leave, or give the zone file.',
    });
  }
  return transfer.rrsets.flatMap(({ type, owner }) => (type === 'NS' && owner !== apex ? [owner] : []));
}

function transferOf(step: TransferStep): Transfer | null {
  return step.kind === 'done' ? step.transfer : null;
}

function endText(end: Conversation): string {
  switch (end.kind) {
    case 'unreachable':
      return `no connection over TCP (${end.reason})`;
    case 'broken':
      return `the connection ended (${end.reason})`;
    case 'timeout':
      return `no answer in ${timeoutMs / 1000} s`;
    case 'over':
      return 'the answer has no end';
  }
}

function problemOf(step: TransferStep): string | null {
  return step.kind === 'failed' ? step.problem : null;
}
