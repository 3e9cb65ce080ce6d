import { ZonecutError } from '../error.ts';
import type { Endpoint } from './world.ts';

/** ZC_PORT for the error of a socket that cannot listen `at`; `protocol` is for people. */
export function portError(error: NodeJS.ErrnoException, at: Endpoint, protocol: 'UDP' | 'TCP'): ZonecutError {
  const place = `${at.address} port ${at.port} (${protocol})`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new ZonecutError('ZC_PORT', `another program listens on ${place}`, {
        hint: `Choose another port, or stop that program: \`ss -lntup 'sport = :${at.port}'\` shows it.`,
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new ZonecutError('ZC_PORT', `the system does not let this user listen on ${place}`, {
        hint: 'Choose a port of 1024 or more.',
        cause: error,
      });
    case 'EADDRNOTAVAIL':
      return new ZonecutError('ZC_PORT', `this machine has no address for ${place}`, {
        hint: 'Only Linux gives a machine all of 127.0.0.0/8: elsewhere use 127.0.0.1 with a port for each server.',
        cause: error,
      });
    default:
      return new ZonecutError('ZC_PORT', `cannot listen on ${place}: ${error.message}`, { cause: error });
  }
}
