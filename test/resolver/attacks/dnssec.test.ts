import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { dnskeyOf, dsOfKey, rdataOfDnskey, rdataOfRrsig, rrsigOf } from '../../../src/dns/dnssec.ts';
import type { SigningKey } from '../../../src/dns/dnssec-keys.ts';
import { signaturesOf } from '../../../src/dns/dnssec-sign.ts';
import type { DenialChain } from '../../../src/dns/dnssec-zone.ts';
import type { Message } from '../../../src/dns/message.ts';
import { labelCount, parseName } from '../../../src/dns/name.ts';
import { parseRdata } from '../../../src/dns/rdata.ts';
import { groupRecords, type Rdata, type ResourceRecord, recordsOf } from '../../../src/dns/rrset.ts';
import { defaultValidity, signedInternet } from '../signed.ts';
import { type SimServer, simulate } from '../sim.ts';
import { felt } from './client.ts';
import { type Attack, checkAttacks, type Felt } from './table.ts';
import { lines } from './zones.ts';

/** How often signatures were verified and hashes computed while `work` was done. */
async function counting(
  work: () => Promise<Felt>,
): Promise<{ readonly felt: Felt; readonly verified: number; readonly hashed: number }> {
  const { verify, createHash } = crypto;
  let [verified, hashed] = [0, 0];
  const counted = {
    verify: (...args: readonly unknown[]) => {
      verified += 1;
      return Reflect.apply(verify, crypto, args);
    },
    createHash: (...args: readonly unknown[]) => {
      hashed += 1;
      return Reflect.apply(createHash, crypto, args);
    },
  };
  Object.assign(crypto, counted);
  syncBuiltinESMExports();
  try {
    return { felt: await work(), verified, hashed };
  } finally {
    Object.assign(crypto, { verify, createHash });
    syncBuiltinESMExports();
  }
}

type Edit = (response: Message, key: SigningKey) => Message;
type Beside = (key: SigningKey) => { readonly own: string; readonly above: string };

interface Trap {
  /** The zone trap.com. */
  readonly text: string;
  readonly question: string;
  readonly beside?: Beside;
  readonly edit?: Edit;
  readonly denial?: DenialChain;
}

/** Asks a validating resolver for `question` in the zone trap.com, and tells what it had to compute. */
async function trapped({ text, question, beside, edit, denial }: Trap): Promise<Felt> {
  const internet = signedInternet(
    {
      '.': '@ NS r0.root.\ncom NS a.gtld.com.\na.gtld.com. A 192.0.2.2',
      com: '@ NS a.gtld\na.gtld A 192.0.2.2\ntrap NS ns.trap\nns.trap A 192.0.2.3',
      'trap.com': `@ NS ns\nns A 192.0.2.3\n${text}`,
    },
    {
      ...(beside === undefined ? {} : { beside: { 'trap.com.': beside } }),
      ...(denial === undefined ? {} : { denial }),
    },
  );
  const key = internet.keys.get(parseName('trap.com'));
  const evil: NonNullable<SimServer['edit']> = (response, query, protocol) => {
    const signed = internet.edit(response, query, protocol);
    return signed === null || key === undefined || edit === undefined ? signed : edit(signed, key);
  };
  const sim = simulate({
    zones: internet.zones,
    servers: {
      '192.0.2.1': { serves: ['.'], edit: internet.edit },
      '192.0.2.2': { serves: ['com'], edit: internet.edit },
      '192.0.2.3': { serves: ['trap.com'], edit: evil },
    },
  });
  const resolver = sim.resolver({ trustAnchors: internet.anchors });
  const counted = await counting(() => felt(sim, resolver, question));
  const { outcome } = counted.felt;
  const { verified, hashed } = counted;
  return { ...counted.felt, outcome: `${outcome}; ${verified} signatures verified, ${hashed} hashes` };
}

/** Keys with the tag of `key`: the 16 bits that the tag adds up stand in other orders. */
function keysLike(key: SigningKey, count: number): readonly Rdata[] {
  const real = dnskeyOf(key.dnskey);
  return Array.from({ length: count }, (_, at) => {
    const publicKey = Uint8Array.from(real.publicKey);
    const [from, to] = [2 * (at % 15), 2 * (1 + (at % 15) + Math.floor(at / 15))];
    for (const octet of [0, 1]) {
      publicKey[from + octet] = real.publicKey[(to + octet) % 32] ?? 0;
      publicKey[(to + octet) % 32] = real.publicKey[from + octet] ?? 0;
    }
    return rdataOfDnskey({ ...real, publicKey });
  });
}

function keyLines(keys: readonly Rdata[]): string {
  return keys.map(rdata => `@ DNSKEY ${rdata}`).join('\n');
}

const nsec3: DenialChain = {
  kind: 'nsec3',
  parameters: { iterations: 50, salt: new Uint8Array() },
  optOut: false,
};

/** Every NSEC3 record with more iterations than zones may have, and well signed. */
function withIterations(iterations: number): Edit {
  return (response, key) => {
    const zone = parseName('trap.com');
    const from = /^(\d+ \d+) \d+/;
    const rrsets = groupRecords(response.authority)
      .filter(({ type }) => type === 'NSEC3')
      .map(rrset => ({
        ...rrset,
        data: rrset.data.map(rdata => parseRdata('NSEC3', rdata.replace(from, `$1 ${iterations}`))),
      }));
    const others = response.authority.filter(
      ({ type, data }) => type !== 'NSEC3' && !(type === 'RRSIG' && data.startsWith('NSEC3 ')),
    );
    const signed = rrsets.flatMap(rrset => [rrset, signaturesOf(rrset, [key], zone, defaultValidity)]);
    return { ...response, authority: [...others, ...signed.flatMap(rrset => recordsOf(rrset))] };
  };
}

/** SERVFAIL for what is asked on the way to a long name, so that the whole of it is asked for. */
const withoutShortNames: Edit = response => {
  const [question] = response.questions;
  const isShort = question?.type === 'A' && labelCount(question.name) < 60;
  return isShort ? { ...response, rcode: 'SERVFAIL', answer: [], authority: [] } : response;
};

/** `count` wrong signatures in the place of each that covers `type`. */
function withWrongSignatures(type: string, count: number, keepsGood: boolean): Edit {
  const wrongOnes = (record: ResourceRecord): readonly ResourceRecord[] => {
    if (record.type !== 'RRSIG' || !record.data.startsWith(`${type} `)) {
      return [record];
    }
    const wrong = Array.from({ length: count }, (_, at) => {
      const signature = new Uint8Array(64).fill(at + 1);
      return { ...record, data: rdataOfRrsig({ ...rrsigOf(record.data), signature }) };
    });
    return keepsGood ? [...wrong, record] : wrong;
  };
  return response => ({ ...response, answer: response.answer.flatMap(wrongOnes) });
}

const attacks: readonly Attack[] = [
  {
    name: 'KeyTrap (CVE-2023-50387), signatures',
    sends: 'an address with 60 wrong signatures, all by one key',
    stoppedBy: '`maxValidations`, and one more try with other servers',
    most: 12,
    run: () =>
      trapped({
        text: 'www A 198.51.100.1',
        question: 'www.trap.com',
        edit: withWrongSignatures('A', 60, false),
      }),
  },
  {
    name: 'KeyTrap, keys',
    sends: '60 further keys with the tag of the right one',
    stoppedBy:
      'only keys that a DS record stands for are tried for the keys; then four keys with one tag, told as `maxValidations`',
    most: 12,
    run: () =>
      trapped({
        text: 'www A 198.51.100.1',
        question: 'www.trap.com',
        beside: key => ({ own: keyLines(keysLike(key, 60)), above: '' }),
      }),
  },
  {
    name: 'KeyTrap, keys times signatures',
    sends: '60 further keys with the tag of the right one, and 60 wrong signatures',
    stoppedBy: '`maxValidations`',
    most: 12,
    run: () =>
      trapped({
        text: 'www A 198.51.100.1',
        question: 'www.trap.com',
        beside: key => ({ own: keyLines(keysLike(key, 60)), above: '' }),
        edit: withWrongSignatures('A', 60, false),
      }),
  },
  {
    name: 'KeyTrap, DS times keys',
    sends: '60 keys with one tag, and 60 DS records that stand for others with that tag',
    stoppedBy: 'eight DS records are compared with four keys, told as `maxValidations`',
    most: 12,
    run: () =>
      trapped({
        text: 'www A 198.51.100.1',
        question: 'www.trap.com',
        beside: key => ({
          own: keyLines(keysLike(key, 60)),
          above: keysLike(key, 60)
            .map(rdata => `trap DS ${dsOfKey(parseName('other'), rdata)}`)
            .join('\n'),
        }),
      }),
  },
  {
    name: 'KeyTrap in every response',
    sends: 'eleven aliases, each with 14 wrong signatures before the right one',
    stoppedBy: '`maxValidationsPerQuestion`',
    most: 40,
    run: () =>
      trapped({
        text: `${lines(11, at => `a${at} CNAME a${at + 1}`)}\na11 A 198.51.100.1`,
        question: 'a0.trap.com',
        edit: withWrongSignatures('CNAME', 14, true),
      }),
  },
  {
    name: 'NSEC3 iterations (CVE-2023-50868)',
    sends: 'a denial by NSEC3 with 2,500 iterations',
    stoppedBy: 'more than 50 iterations make the answer insecure, and nothing is hashed',
    most: 12,
    run: () =>
      trapped({
        text: 'www A 198.51.100.1',
        question: 'gone.trap.com',
        denial: nsec3,
        edit: withIterations(2500),
      }),
  },
  {
    name: 'NSEC3 hashes',
    sends:
      'a denial by NSEC3 with 50 iterations of a name with 60 labels, none of which exists, and SERVFAIL for shorter names',
    stoppedBy: '`maxNsec3Hashes`, of 51 rounds each; the servers are asked once more',
    most: 24,
    run: () =>
      trapped({
        text: 'www A 198.51.100.1',
        question: `${'a.'.repeat(60)}trap.com`,
        denial: nsec3,
        edit: withoutShortNames,
      }),
  },
  {
    name: 'NSEC3 records',
    sends: 'a denial with 300 NSEC3 records, each with a signature',
    stoppedBy: '`maxValidations`; the servers are asked once more',
    most: 12,
    run: () =>
      trapped({
        text: lines(300, at => `w${at} A 198.51.100.1`),
        question: 'gone.trap.com',
        denial: nsec3,
      }),
  },
];

checkAttacks('DNSSEC', attacks);
