import { isIP } from 'node:net';
import { type Dialing, dial, straight } from './dial.ts';
import { FrameReader, framed, octetsOf } from './framing.ts';
import { worldLimits } from './limits.ts';
import { reasonOf } from './reason.ts';
import { waitFor } from './waiting.ts';
import type { Conversation, ConversationOptions, DnsStreams, Endpoint } from './world.ts';

/** What a conversation ends with inside: its outcome, or what the taker threw. */
type End = Conversation | { readonly kind: 'thrown'; readonly error: unknown };

/** Real conversations over TCP, in connections that are begun as `dialing` says. */
export function streamsBy(dialing: Dialing): DnsStreams {
  return {
    converse: async (request, server, take, options) => {
      if (isIP(server.address) === 0 || server.port < 1 || server.port > 65535) {
        return { kind: 'unreachable', reason: 'no-route' };
      }
      const end = await converse(dialing, request, server, take, options);
      if (end.kind === 'thrown') {
        throw end.error;
      }
      return end;
    },
  };
}

/** Real conversations, straight to the servers. */
export const nodeStreams: DnsStreams = streamsBy(straight);

/** Streams of a World that has none: every server is out of reach. */
export const noStreams: DnsStreams = {
  converse: () => Promise.resolve({ kind: 'unreachable', reason: 'no-route' }),
};

function converse(
  dialing: Dialing,
  request: Uint8Array,
  server: Endpoint,
  take: (message: Uint8Array) => 'more' | 'enough',
  { timeoutMs, signal }: ConversationOptions,
): Promise<End> {
  let sent = false;
  const tooLong = (afterMs: number) => (): End => ({ kind: 'timeout', afterMs, sent });
  return waitFor<End>(worldLimits.maxConversationMs, tooLong(worldLimits.maxConversationMs), signal, end => {
    const socket = dial(server, dialing);
    const frames = new FrameReader();
    // Set on the socket it would begin anew only with octets, and a server may send one at a time for ever.
    let silence = setTimeout(() => end(tooLong(timeoutMs)()), timeoutMs);
    socket.once('connect', () => {
      sent = true;
      socket.write(framed(request));
    });
    socket.on('data', chunk => {
      try {
        for (const message of frames.push(octetsOf(chunk))) {
          if (take(message) === 'enough') {
            end({ kind: 'over' });
            return;
          }
          clearTimeout(silence);
          silence = setTimeout(() => end(tooLong(timeoutMs)()), timeoutMs);
        }
      } catch (error) {
        end({ kind: 'thrown', error });
      }
    });
    socket.on('error', error => {
      end(
        sent ? { kind: 'broken', reason: reasonOf(error) } : { kind: 'unreachable', reason: reasonOf(error) },
      );
    });
    socket.on('close', () => {
      end({ kind: 'broken', reason: frames.unfinished ? 'closed inside a message' : 'closed' });
    });
    return () => {
      clearTimeout(silence);
      socket.destroy();
    };
  });
}
