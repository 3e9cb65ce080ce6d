/** Who handles the mail of a domain. */
export type EmailType = 'NONE' | 'MX' | 'MXE' | 'FWD' | 'OX' | 'GMAIL';

/** All email types. */
export const emailTypes: readonly EmailType[] = ['NONE', 'MX', 'MXE', 'FWD', 'OX', 'GMAIL'];

/** A host record of a domain, as getHosts shows it. */
export interface HostRow {
  readonly id: number;
  /** Relative to the domain, `@` for itself. */
  readonly name: string;
  readonly type: string;
  readonly address: string;
  readonly mxPref: number;
  /** Seconds. */
  readonly ttl: number;
  readonly appTitle: string;
  readonly friendlyName: string;
  readonly isDdnsEnabled: boolean;
}

/** A host record to be. */
export interface NewRow {
  readonly name: string;
  readonly type: string;
  readonly address: string;
  /** 10 unless given. */
  readonly mxPref?: number;
  /** 1800 unless given. */
  readonly ttl?: number;
  readonly isDdnsEnabled?: boolean;
}
