import { connect } from 'node:net';
import { encodeMessage } from '../dns/wire.ts';
import { reasonOf } from './reason.ts';
import { type SourceAddresses, sourceFor } from './routes.ts';
import type { StreamKind } from './stream.ts';

/** Plain TCP, from an address of `source`. */
export function tcpKind(source: SourceAddresses): StreamKind {
  return {
    protocol: 'tcp',
    open: ({ address, port }, onReady) => {
      const localAddress = sourceFor(source, address);
      const socket = connect({
        host: address,
        port,
        noDelay: true,
        ...(localAddress === undefined ? {} : { localAddress }),
      });
      return socket.once('connect', onReady);
    },
    encode: query => encodeMessage(query),
    reasonOf,
  };
}
