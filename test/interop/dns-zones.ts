import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseName } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { makeZone, type Zone } from '../../src/dns/zone.ts';
import { parseZoneFile, printRRset } from '../../src/dns/zonefile.ts';

/** The zone that is signed here and elsewhere: cuts, wildcards, empty non-terminals, a DNAME, odd octets and odd types. */
export const zoneText = `$TTL 3600
@            SOA   ns1 hostmaster 2026112301 7200 900 1209600 600
@            NS    ns1
@            NS    ns2.example.net.
@            MX    10 mail
@            TXT   "a" "quoted \\"string\\" of \\000 octets"
@            CAA   0 issue "ca.example.net"
ns1          A     127.0.0.1
mail   300   A     192.0.2.3
mail         AAAA  2001:db8::3
www          CNAME mail
*.wild       A     192.0.2.4
*.wild       TXT   "from the wildcard"
here.wild    A     192.0.2.5
a.b.ent      A     192.0.2.6
old          DNAME new.example.org.
insecure     NS    ns.insecure
ns.insecure  A     192.0.2.7
one.two.only NS    ns2.example.net.
secure       NS    ns2.example.net.
secure       DS    60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118
secure       DS    60485 13 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
_sip._tcp    SRV   1 2 5060 Mail
svc          SVCB  1 Mail.Example.ORG. alpn=h2,h3 port=8443
odd\\000name  A     192.0.2.8
odd\\.dot     A     192.0.2.9
\\255\\001     A     192.0.2.10
z            RP    Hostmaster.Example. Text.Example.
z            HINFO "PC" "Unix"
z            NAPTR 1 2 "u" "E2U+sip" "!^.*$!sip:x@example.com!" Mail
z            TYPE65280 \\# 4 01020304
`;

/** The zone of a file; a problem in it is a failure. */
export function zoneOf(text: string, apex: string): Zone {
  const origin = parseName(apex);
  const { rrsets, problems } = parseZoneFile(text, { origin });
  // The RRSIG records of one owner have the TTLs of what they cover (RFC 4034 section 3): a warning about that is none.
  const real = problems.filter(({ message }) => !message.includes(' RRSIG has TTL '));
  if (real.length > 0) throw new Error(`problems in the zone: ${JSON.stringify(real)}`);
  return makeZone(origin, rrsets);
}

/** Writes RRsets as a zone file. */
export async function writeZone(file: string, rrsets: readonly RRset[]): Promise<void> {
  await writeFile(file, `${rrsets.map(printRRset).join('\n')}\n`);
}

/** Reads the zone file that a program wrote. */
export async function readZone(folder: string, file: string, apex: string): Promise<Zone> {
  return zoneOf(await readFile(path.join(folder, file), 'utf8'), apex);
}
