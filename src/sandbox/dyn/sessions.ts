import type { Name } from '../../dns/name.ts';
import type { HttpResponse } from '../../world/world.ts';
import { type EmulatorDeps, randomText } from '../emulation.ts';
import type { StagedChange } from './account.ts';
import { DynFault } from './fault.ts';

/** A user of the account. */
export interface DynUser {
  readonly customerName: string;
  readonly userName: string;
  readonly password: string;
  /** Operations that the user may not use (`POST Zone`); none unless given. */
  readonly denied?: readonly string[];
}

/** A session: what it has staged and which jobs it began are its own. */
export interface SessionState {
  readonly token: string;
  readonly user: DynUser;
  usedAtMs: number;
  readonly staged: Map<Name, readonly StagedChange[]>;
  readonly jobs: Map<number, JobState>;
}

/** A job of a session. */
export interface JobState {
  /** What it will answer in the end. */
  readonly response: HttpResponse;
  /** Polls that still get `incomplete`. */
  pollsLeft: number;
}

/** The sessions of an account. */
export interface Sessions {
  /** Opens a session, or throws INVALID_DATA. */
  open(customer: string | null, user: string | null, password: string | null): SessionState;
  /** The session of a token, its idle time started anew. Throws INVALID_DATA. */
  use(token: string | null): SessionState;
  close(session: SessionState): void;
}

/** No sessions yet; a session ends after `idleMs` without a request. */
export function createSessions(deps: EmulatorDeps, users: readonly DynUser[], idleMs: number): Sessions {
  const sessions = new Map<string, SessionState>();
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return {
    open(customer, userName, password) {
      const user = users.find(
        known =>
          known.customerName === customer && known.userName === userName && known.password === password,
      );
      if (user === undefined) {
        throw badLogin();
      }
      const token = `${randomText(deps.random, alphabet, 171)}=`;
      const session: SessionState = {
        token,
        user,
        usedAtMs: deps.clock.elapsed(),
        staged: new Map(),
        jobs: new Map(),
      };
      sessions.set(token, session);
      return session;
    },
    use(token) {
      const session = token === null ? undefined : sessions.get(token);
      const now = deps.clock.elapsed();
      if (session === undefined || now - session.usedAtMs > idleMs) {
        throw badToken();
      }
      session.usedAtMs = now;
      return session;
    },
    close: session => sessions.delete(session.token),
  };
}

function badLogin(): DynFault {
  return new DynFault(400, [
    {
      info: 'login: Credentials you entered did not match those in our database. Please try again',
      code: 'INVALID_DATA',
    },
    { info: 'login: Login failed' },
  ]);
}

function badToken(): DynFault {
  return new DynFault(400, [
    { info: 'login: Bad or expired credentials', code: 'INVALID_DATA' },
    { info: 'login: There was a problem with your credentials' },
  ]);
}
