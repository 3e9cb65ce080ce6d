import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  dnskeyOf,
  dsMatches,
  dsOfKey,
  keyTagOf,
  type Rrsig,
  rdataOfRrsig,
  rrsigOf,
  signedOctets,
} from '../../src/dns/dnssec.ts';
import { signatureOf } from '../../src/dns/dnssec-algorithms.ts';
import { dnskeyOfKeyObject } from '../../src/dns/dnssec-keys.ts';
import { ancestorsOf, labelCount, type Name, parseName, wildcardAt } from '../../src/dns/name.ts';
import { dsOf, octetsOfRdata, parseRdata, rdataFromOctets } from '../../src/dns/rdata.ts';
import { makeRRset, type Rdata, type RRset } from '../../src/dns/rrset.ts';
import { isDsaSignature } from './rpl-dsa.ts';
import type { Entry, Scenario, ScriptedRecord, ScriptedSections, Setting } from './rpl-scenario.ts';

/** DSA and DSA-NSEC3-SHA1: no validator may use them any more (RFC 8624 section 3.1). */
const oldAlgorithms: readonly number[] = [3, 6];
/** ECDSA P-256. */
const newAlgorithm = 13;

/**
 * The scenario with its DSA keys replaced by keys of today: what DSA signed well is signed well again, what it did not is
 * not, and DS records and trust anchors follow the keys. Without DSA it is given back as it is.
 */
export function modernised(scenario: Scenario): Scenario {
  const entries = [
    ...scenario.ranges.flatMap(range => range.entries),
    ...scenario.steps.flatMap(step => (step.entry === null ? [] : [step.entry])),
  ];
  const keys = keysIn(entries);
  if (keys.length === 0) return scenario;
  const signer = new Modernizer(keys);
  return {
    ...scenario,
    settings: scenario.settings.map(setting => signer.setting(setting)),
    ranges: scenario.ranges.map(range => ({
      ...range,
      entries: range.entries.map(entry => signer.entry(entry)),
    })),
    steps: scenario.steps.map(step => ({
      ...step,
      entry: step.entry === null ? null : signer.entry(step.entry),
    })),
  };
}

interface OldKey {
  readonly owner: Name;
  readonly rdata: Rdata;
  /** What stands in its place. */
  readonly dnskey: Rdata;
  readonly privateKey: KeyObject;
}

function keysIn(entries: readonly Entry[]): readonly OldKey[] {
  const found = new Map<string, OldKey>();
  for (const entry of entries) {
    for (const record of Object.values(entry.sections).flat()) {
      if (record.type !== 'DNSKEY') continue;
      const rdata = rdataFromOctets('DNSKEY', record.octets);
      const { algorithm, flags } = dnskeyOf(rdata);
      const owner = parseName(record.owner);
      const id = `${owner} ${rdata}`;
      if (!oldAlgorithms.includes(algorithm) || found.has(id)) continue;
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const dnskey = dnskeyOfKeyObject(privateKey, newAlgorithm, flags);
      found.set(id, { owner, rdata, dnskey, privateKey });
    }
  }
  return [...found.values()];
}

class Modernizer {
  readonly #keys: readonly OldKey[];
  /** Signatures differ each time they are made: one for the same octets, so that answers compare. */
  readonly #signed = new Map<string, Uint8Array>();

  constructor(keys: readonly OldKey[]) {
    this.#keys = keys;
  }

  setting(setting: Setting): Setting {
    const match = /^(\S+)\s+(?:\d+\s+)?(?:IN\s+)?(DS|DNSKEY)\s+(.*)$/i.exec(setting.value);
    if (setting.key !== 'trust-anchor' || match === null) return setting;
    const [, owner = '', type = '', text = ''] = match;
    const rdata = this.#replaced(parseName(owner), type.toUpperCase(), parseRdata(type.toUpperCase(), text));
    return { ...setting, value: `${owner} IN ${type} ${rdata}` };
  }

  entry(entry: Entry): Entry {
    const { answer, authority, additional } = entry.sections;
    const all = distinct([...answer, ...authority, ...additional]);
    const sections: ScriptedSections = {
      answer: answer.map(record => this.#record(record, all)),
      authority: authority.map(record => this.#record(record, all)),
      additional: additional.map(record => this.#record(record, all)),
    };
    return { ...entry, sections };
  }

  #record(record: ScriptedRecord, section: readonly ScriptedRecord[]): ScriptedRecord {
    const { type } = record;
    if (type !== 'DNSKEY' && type !== 'DS' && type !== 'RRSIG') return record;
    const owner = parseName(record.owner);
    const rdata = rdataFromOctets(type, record.octets);
    const replaced =
      type === 'RRSIG' ? this.#signature(owner, rdata, section) : this.#replaced(owner, type, rdata);
    return { ...record, octets: octetsOfRdata(type, replaced) };
  }

  #replaced(owner: Name, type: string, rdata: Rdata): Rdata {
    if (type === 'DNSKEY') {
      return this.#keys.find(key => key.owner === owner && key.rdata === rdata)?.dnskey ?? rdata;
    }
    const key = this.#keys.find(old => old.owner === owner && dsMatches(owner, rdata, old.rdata));
    return key === undefined ? rdata : dsOfKey(owner, key.dnskey, dsOf(rdata).digestType);
  }

  #signature(owner: Name, rdata: Rdata, section: readonly ScriptedRecord[]): Rdata {
    const old = rrsigOf(rdata);
    const key = this.#keys.find(
      candidate =>
        candidate.owner === old.signer &&
        dnskeyOf(candidate.rdata).algorithm === old.algorithm &&
        keyTagOf(candidate.rdata) === old.keyTag,
    );
    if (key === undefined) return rdata;
    const fields = { ...old, algorithm: newAlgorithm, keyTag: keyTagOf(key.dnskey) };
    const signature = this.#resigned(owner, old, fields, key, section) ?? new Uint8Array(64).fill(1);
    return rdataOfRrsig({ ...fields, signature });
  }

  /** The new signature where the old one holds; null where it does not. */
  #resigned(
    owner: Name,
    old: Rrsig,
    fields: Omit<Rrsig, 'signature'>,
    key: OldKey,
    section: readonly ScriptedRecord[],
  ): Uint8Array | null {
    const covered = section.filter(
      record => record.type === old.typeCovered && parseName(record.owner) === owner,
    );
    if (covered.length === 0) return null;
    const before = covered.map(record => rdataFromOctets(record.type, record.octets));
    const after = before.map(data => this.#dataAfter(owner, old.typeCovered, data));
    const rrset = (data: readonly Rdata[]): RRset => makeRRset(owner, old.typeCovered, 0, data);
    const name = signedName(owner, old.labels);
    const octets = signedOctets(rrset(before), old, name);
    if (!isDsaSignature(dnskeyOf(key.rdata), octets, old.signature)) return null;
    const toSign = signedOctets(rrset(after), fields, name);
    const id = Buffer.from(toSign).toString('base64');
    const signature = this.#signed.get(id) ?? signatureOf(newAlgorithm, key.privateKey, toSign);
    this.#signed.set(id, signature);
    return signature;
  }

  #dataAfter(owner: Name, type: string, rdata: Rdata): Rdata {
    return type === 'DNSKEY' || type === 'DS' ? this.#replaced(owner, type, rdata) : rdata;
  }
}

/** Each record once: some stand in two sections. */
function distinct(records: readonly ScriptedRecord[]): readonly ScriptedRecord[] {
  const idOf = ({ owner, type, octets }: ScriptedRecord): string =>
    `${parseName(owner)} ${type} ${Buffer.from(octets).toString('hex')}`;
  return [...new Map(records.map(record => [idOf(record), record])).values()];
}

function signedName(owner: Name, labels: number): Name {
  const own = labelCount(owner) - (owner.startsWith('*.') ? 1 : 0);
  const encloser = labels < own ? ancestorsOf(owner)[labelCount(owner) - labels] : undefined;
  return encloser === undefined ? owner : wildcardAt(encloser);
}
