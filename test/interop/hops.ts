/** One step of a walk from the root: a zone, and the address of the server that was asked there when that is known. */
export interface WalkedHop {
  readonly zone: string;
  readonly address: string | null;
}

/** A walk as a program printed it. */
export interface Walk {
  /** From the root down. */
  readonly hops: readonly WalkedHop[];
  /** The records it ended with, `owner TYPE data`, sorted; those of a negative answer are the SOA. */
  readonly end: readonly string[];
}

/**
 * Reads `dig +trace`: blocks of records, each with the server that gave them. The first block is the root's own NS set,
 * which it walks by; each block that is asked of the servers before is a hop.
 */
export function walkOfDig(output: string): Walk {
  const blocks: { readonly records: readonly string[]; readonly address: string }[] = [];
  let records: string[] = [];
  for (const line of output.split('\n')) {
    const received = /^;; Received \d+ bytes from ([^#]+)#\d+\(/.exec(line);
    if (received !== null) {
      blocks.push({ records, address: received[1] ?? '' });
      records = [];
    } else if (line !== '' && !line.startsWith(';')) {
      records.push(recordOf(line));
    }
  }
  const hops: WalkedHop[] = [];
  let zone = '.';
  // The first block says who the root's servers are; the server that is given on the command line is not a hop.
  for (const [index, { records: given, address }] of blocks.entries()) {
    if (index > 0) {
      hops.push({ zone, address });
    }
    zone = given[0]?.split(' ')[0] ?? zone;
  }
  return { hops, end: [...(blocks.at(-1)?.records ?? [])].sort() };
}

/** Reads `drill -T`: the NS set of each zone on the way, then the answer. It does not say which server it asked. */
export function walkOfDrill(output: string): Walk {
  const records = output
    .split('\n')
    .filter(line => line !== '' && !line.startsWith(';'))
    .map(recordOf);
  const sets: { readonly key: string; readonly records: string[] }[] = [];
  for (const record of records) {
    const [owner, type] = record.split(' ');
    const key = `${owner} ${type}`;
    const last = sets.at(-1);
    // The NS set that a child gives itself follows the one that its parent gave: a record that comes again begins a set.
    if (last !== undefined && last.key === key && !last.records.includes(record)) {
      last.records.push(record);
    } else {
      sets.push({ key, records: [record] });
    }
  }
  const answered = sets.at(-1)?.key.endsWith(' NS') === true;
  const ways = answered ? sets.slice(0, -1) : sets.filter(set => set.key.endsWith(' NS'));
  const rest = answered ? sets.slice(-1) : sets.filter(set => !set.key.endsWith(' NS'));
  return {
    hops: ways.map(set => ({ zone: set.key.split(' ')[0] ?? '', address: null })),
    end: rest.flatMap(set => set.records).sort(),
  };
}

/** `owner TTL IN TYPE data` without TTL and class. */
function recordOf(line: string): string {
  const [owner = '', , , type = '', ...data] = line.split(/\s+/);
  return `${owner.toLowerCase()} ${type} ${data.join(' ')}`;
}
