import { proxyCode } from './proxy.ts';
import type { UnreachableReason } from './world.ts';

/** Why a server could not be reached, from the error of a socket. */
export function reasonOf(error: NodeJS.ErrnoException): UnreachableReason {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
      return 'reset';
    case proxyCode:
      return 'proxy';
    default:
      return 'no-route';
  }
}
