import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { must } from './dns-named.ts';
import { sleep } from './journal.ts';
import { runProgram } from './programs.ts';

/** A chain of trust of the flows: what BIND and PowerDNS are told to sign zones, and a signed root. */

/** The name of the policy by which BIND signs. */
const policy = 'flows';

/** One key for all, short TTLs, so that nothing of it outlasts a flow. */
export const policyStatement: string = `dnssec-policy "${policy}" { keys { csk lifetime unlimited algorithm ecdsap256sha256; };
  dnskey-ttl 3; publish-safety 0; retire-safety 0; zone-propagation-delay 0; parent-ds-ttl 3; parent-propagation-delay 0; };
`;

/** What a zone of BIND says to be signed. */
export const signedZone: string = `dnssec-policy "${policy}";`;

/** What pdnsutil does with a zone so that PowerDNS signs it, with NSEC3; those of BIND have NSEC. */
export const pdnsutilSigning: readonly (readonly [string, ...string[]])[] = [
  ['secure-zone'],
  ['set-nsec3', '1 0 0 -'],
];

/** Milliseconds that a server is given to sign a zone and show it. */
const signingPatienceMs = 20_000;

/** The DS lines, with a TTL of 60, of the keys that the server at `address` shows for `apex`; waits for them. */
export async function dsLinesOf(folder: string, address: string, apex: string): Promise<string> {
  const file = path.join(folder, `${apex}keys`);
  const until = performance.now() + signingPatienceMs;
  while (performance.now() < until) {
    const { stdout } = await runProgram('dig', [`@${address}`, '+noall', '+answer', apex, 'DNSKEY']);
    if (stdout.includes('DNSKEY')) {
      await writeFile(file, stdout);
      return await must('dnssec-dsfromkey', ['-2', '-T', '60', '-f', file, apex]);
    }
    await sleep(100);
  }
  throw new Error(`${address} shows no keys of ${apex}`);
}

/** Signs the root zone in `file` of `folder` by BIND's tools; gives the name of the signed file beside it. */
export async function signRoot(folder: string, file: string): Promise<string> {
  const make = ['-q', '-a', 'ECDSAP256SHA256', '-K', folder];
  const ksk = (await must('dnssec-keygen', [...make, '-f', 'KSK', '.'])).trim();
  await must('dnssec-keygen', [...make, '.']);
  const signed = `${file}.signed`;
  const at = (name: string): string => path.join(folder, name);
  await must('dnssec-signzone', [
    '-q',
    '-S',
    '-K',
    folder,
    '-d',
    folder,
    '-o',
    '.',
    '-f',
    at(signed),
    at(file),
  ]);
  const keys = await readFile(at(`${ksk}.key`), 'utf8');
  await writeFile(at(anchorsFileName), keys.replaceAll(/^;.*\n/gm, ''));
  return signed;
}

/** The file beside a signed root that has its key, as Unbound and zonecut take it. */
export const anchorsFileName = 'root.anchors';
