import type { Name } from '../../dns/name.ts';
import { rdataOfSoa, soaOf } from '../../dns/rdata.ts';
import { makeRRset, type RRset } from '../../dns/rrset.ts';
import type { TsigKey } from '../../dns/tsig-key.ts';
import { makeZone, soaRRset, type Zone } from '../../dns/zone.ts';
import type { EmulatorDeps } from '../emulation.ts';

/** A key that the server knows, and what it may do with it. */
export interface BindKey {
  readonly key: TsigKey;
  /** `allow-transfer`: all zones unless given. */
  readonly transfers?: readonly Name[];
  /** `update-policy { grant KEY subdomain NAME; }` for each; everything unless given. */
  readonly updates?: readonly Name[];
}

/** All that the server holds. */
export interface ServerState {
  readonly deps: EmulatorDeps;
  readonly keys: readonly BindKey[];
  readonly zones: Map<Name, Zone>;
  /** Zones that take no UPDATE (`rndc freeze`). */
  readonly frozen: Set<Name>;
  readonly clockAheadSeconds: number;
  /** Takes a version of a zone over and puts it on the name servers. */
  readonly publish: (zone: Zone) => void;
}

/** The zone with other RRsets and its next serial. */
export function renewed(zone: Zone, rrsets: readonly RRset[]): Zone {
  const soa = soaRRset(zone);
  const data = soa.data.map(value => {
    const fields = soaOf(value);
    return rdataOfSoa({ ...fields, serial: (fields.serial + 1) % 2 ** 32 });
  });
  const others = rrsets.filter(set => set.type !== 'SOA');
  return makeZone(zone.apex, [makeRRset(zone.apex, 'SOA', soa.ttl, data), ...others]);
}
