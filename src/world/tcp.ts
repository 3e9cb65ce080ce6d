import { encodeMessage } from '../dns/wire.ts';
import { type Dialing, dial } from './dial.ts';
import { reasonOf } from './reason.ts';
import type { StreamKind } from './stream.ts';

/** Plain TCP. */
export function tcpKind(dialing: Dialing): StreamKind {
  return {
    protocol: 'tcp',
    open: (server, onReady) => dial(server, dialing).once('connect', onReady),
    encode: query => encodeMessage(query),
    reasonOf,
  };
}
