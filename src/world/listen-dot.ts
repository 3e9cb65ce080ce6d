import { createServer } from 'node:tls';
import { worldLimits } from './limits.ts';
import type { DnsListener, ListenOptions } from './listen.ts';
import { answersWritten, listening, serveStream, streamListener } from './listen-stream.ts';
import { type AnswerQuery, makeResponder } from './responder.ts';
import { type ServerCertificate, serverCertificate } from './server-certificate.ts';
import type { Endpoint } from './world.ts';

/**
 * Listens for DNS queries over TLS (RFC 7858), 1.2 or later; port 0 takes any that is free.
 *
 * A connection is served as one over TCP is. Responses are padded for clients that pad (RFC 8467). Rejects with ZC_PORT,
 * or with ZC_USAGE when certificate and key are none or do not belong together.
 */
export async function listenDot(
  at: Endpoint,
  answer: AnswerQuery,
  certificate: ServerCertificate,
  options: ListenOptions = {},
): Promise<DnsListener> {
  const { respond, drained } = makeResponder(answer, options);
  const stream = serveStream(respond, 'tls', options.idleMs);
  const server = createServer({
    ...serverCertificate(certificate),
    ALPNProtocols: ['dot'],
    handshakeTimeout: worldLimits.handshakeTimeoutMs,
    noDelay: true,
  });
  server.on('secureConnection', socket => stream.serve(socket));
  // A client that does not trust the certificate, or speaks no TLS: its business.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  await listening(server, at);
  const listener = streamListener(server, stream, at);
  return {
    endpoint: listener.endpoint,
    drain: async () => {
      await drained();
      await answersWritten();
      await listener.finish();
    },
    close: () => listener.close(),
  };
}
