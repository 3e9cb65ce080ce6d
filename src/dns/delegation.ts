import type { Name } from './name.ts';
import type { RRset } from './record.ts';

/** The addresses of one name server, as A and AAAA RRsets at its name. */
export type Glue = RRset<'A'> | RRset<'AAAA'>;

/** What a parent zone holds of one zone cut (RFC 9499 section 7): the NS RRset, the DS RRset if any, and glue. */
export interface Delegation {
  readonly cut: Name;
  readonly ns: RRset<'NS'>;
  readonly ds: RRset<'DS'> | null;
  readonly glue: readonly Glue[];
}
