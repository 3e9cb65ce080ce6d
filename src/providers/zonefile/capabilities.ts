import type { Capabilities } from '../provider.ts';
import { rfc2136Capabilities } from '../rfc2136/capabilities.ts';

/** What can be done to zone files in a folder, which a name server loads when somebody tells it to. */
export const zonefileCapabilities: Capabilities = {
  ...rfc2136Capabilities,
  zoneByHand: [
    'put SOA and NS of ZONE into the file ZONE.zone of the folder, and let the name server serve it, such as',
    '  rndc addzone ZONE \'{ type primary; file "/the/folder/ZONE.zone"; };\'',
  ],
  compareAndSet: false,
  writesWholeZone: true,
  visibleWithinMs: 600_000,
  notes: [
    'One file a zone: `ZONE.zone`, `ZONE.db`, `db.ZONE` or `ZONE`. It is replaced at once, never written half, under a lock file beside it.',
    'Comments, order and spelling of all other records stay. A record that is replaced loses its comment; new ones are written with absolute name and TTL.',
    'The serial is counted up (RFC 1982), by date where it is a date.',
    'The new text is read before it is put in place: it must hold exactly what was asked, else nothing is written.',
    'Files with `$INCLUDE`, and files that hold signatures, are read and not written.',
  ],
  cautions: [
    'The name server must be told to load the changed file (`rndc reload ZONE`, `knotc zone-reload ZONE`, `nsd-control reload ZONE`): the run waits for it.',
  ],
};
