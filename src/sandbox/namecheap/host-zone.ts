import { type Name, parseName, parseNameAt } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset, type RRset, type RRType } from '../../dns/rrset.ts';
import type { EmailType, HostRow, NewRow } from './rows.ts';

/** The times to live of what stands at every apex, in seconds. */
export interface ZoneTimes {
  readonly nsTtl: number;
  readonly soaTtl: number;
  /** The SOA's MINIMUM. */
  readonly soaMinimum: number;
}

/** What a domain's zone is made from. */
export interface HostedRows {
  readonly apex: Name;
  readonly rows: readonly HostRow[];
  readonly emailType: EmailType;
  readonly serial: number;
  readonly servers: readonly Name[];
  readonly times: ZoneTimes;
  readonly redirectAddress: string;
}

interface Line {
  readonly owner: Name;
  readonly type: RRType;
  readonly ttl: number;
  readonly text: string;
}

/** The MX rows that a mail product of Namecheap's puts into getHosts. */
export function hostedMailRows(emailType: EmailType): readonly NewRow[] {
  const mx = (address: string, mxPref: number): NewRow => ({ name: '@', type: 'MX', address, mxPref });
  switch (emailType) {
    case 'OX':
      return [mx('mx1.privateemail.com.', 10), mx('mx2.privateemail.com.', 10)];
    case 'GMAIL':
      return [
        mx('aspmx.l.google.com.', 1),
        mx('alt1.aspmx.l.google.com.', 5),
        mx('alt2.aspmx.l.google.com.', 5),
        mx('alt3.aspmx.l.google.com.', 10),
        mx('alt4.aspmx.l.google.com.', 10),
      ];
    default:
      return [];
  }
}

/** The RRsets that the name servers answer with: SOA, NS, the rows, and what mail and web redirects make of theirs. */
export function rrsetsOfRows(hosted: HostedRows): readonly RRset[] {
  const lines = [
    ...apexLines(hosted),
    ...mailLines(hosted),
    ...hosted.rows.flatMap(row => linesOfRow(hosted, row)),
  ];
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const key = `${line.owner} ${line.type}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups.values()].flatMap(group => rrsetOfLines(group) ?? []);
}

function rrsetOfLines(lines: readonly Line[]): RRset | null {
  const [first] = lines;
  if (first === undefined) {
    return null;
  }
  const ttl = Math.min(...lines.map(line => line.ttl));
  return makeRRset(
    first.owner,
    first.type,
    ttl,
    lines.map(line => parseRdata(line.type, line.text)),
  );
}

function apexLines({ apex, serial, servers, times }: HostedRows): readonly Line[] {
  const soa = `${servers[0] ?? '.'} hostmaster.registrar-servers.com. ${serial} 43200 3600 604800 ${times.soaMinimum}`;
  return [
    { owner: apex, type: 'SOA', ttl: times.soaTtl, text: soa },
    ...servers.map((server): Line => ({ owner: apex, type: 'NS', ttl: times.nsTtl, text: server })),
  ];
}

function mailLines({ apex, emailType }: HostedRows): readonly Line[] {
  const rows =
    emailType === 'FWD'
      ? [10, 10, 10, 15, 20].map((mxPref, at) => ({
          mxPref,
          address: `eforward${at + 1}.registrar-servers.com.`,
        }))
      : hostedMailRows(emailType);
  return rows.map(row => ({ owner: apex, type: 'MX', ttl: 1800, text: `${row.mxPref} ${row.address}` }));
}

function linesOfRow(hosted: HostedRows, row: HostRow): readonly Line[] {
  const owner = parseNameAt(row.name, hosted.apex);
  const line = (type: RRType, text: string): Line => ({ owner, type, ttl: row.ttl, text });
  switch (row.type) {
    case 'URL':
    case 'URL301':
    case 'FRAME':
      return [line('A', hosted.redirectAddress)];
    case 'ALIAS':
      return addressesBehind(hosted, row.address).map(address => line('A', address));
    case 'CNAME':
      return owner === hosted.apex
        ? addressesBehind(hosted, row.address).map(address => line('A', address))
        : [line('CNAME', row.address)];
    case 'MX':
      return hosted.emailType === 'MX' ? [line('MX', `${row.mxPref} ${row.address}`)] : [];
    case 'MXE':
      return hosted.emailType === 'MXE'
        ? [line('MX', `10 mxe-${row.address.replaceAll('.', '-')}.registrar-servers.com.`)]
        : [];
    case 'TXT':
      return [line('TXT', textStrings(row.address))];
    default:
      return [line(row.type, row.address)];
  }
}

/** The addresses of a name of the same domain; the redirect server's for any other. */
function addressesBehind(hosted: HostedRows, target: string): readonly string[] {
  const name = parseName(target);
  const rows = hosted.rows.filter(row => row.type === 'A' && parseNameAt(row.name, hosted.apex) === name);
  return rows.length > 0 ? rows.map(row => row.address) : [hosted.redirectAddress];
}

/** Free text as the strings of a TXT record, 255 octets each (RFC 1035 section 3.3.14). */
function textStrings(text: string): string {
  const octets = new TextEncoder().encode(text);
  const strings: string[] = [];
  for (let at = 0; at < Math.max(1, octets.length); at += 255) {
    strings.push(`"${[...octets.subarray(at, at + 255)].map(escapedOctet).join('')}"`);
  }
  return strings.join(' ');
}

function escapedOctet(octet: number): string {
  const isPlain = octet >= 0x20 && octet <= 0x7e && octet !== 0x22 && octet !== 0x5c;
  return isPlain ? String.fromCharCode(octet) : `\\${octet.toString().padStart(3, '0')}`;
}
