#!/usr/bin/env node
// A DNS host for zonecut in one file: its zones stand in the JSON file that ZONES_FILE names. The protocol is described in
// docs/providers/exec.md. zonecut --child "exec:/the/path/zones.mjs" starts this program and speaks to it in lines of JSON.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const file = process.env.ZONES_FILE;
const servers = ['ns1.example.net.', 'ns2.example.net.'];

/** An error that zonecut knows by its code. */
class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The whole state: `{ writes, zones: { "example.com.": { reference, rrsets: [{ owner, type, ttl, data }] } } }`. */
function load() {
  if (file === undefined) throw new Refusal('credentials', 'ZONES_FILE is not set');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { writes: 0, zones: {} };
}

/** Replaces the file at once, so that nobody reads half of it. */
function save(state) {
  writeFileSync(`${file}.new`, JSON.stringify({ ...state, writes: state.writes + 1 }));
  renameSync(`${file}.new`, file);
}

const show = (apex, zone) => ({ id: apex, apex, nameServers: servers, reference: zone.reference });

function zoneIn(state, { apex }) {
  const zone = state.zones[apex];
  if (zone === undefined) throw new Refusal('not-found', `there is no zone ${apex}`);
  return zone;
}

const key = ({ owner, type }) => `${owner} ${type}`;
const isOwn = apex => set => set.owner === apex && (set.type === 'SOA' || set.type === 'NS');
const same = (set, side) =>
  side === null
    ? set === undefined
    : set !== undefined && set.ttl === side.ttl && `${[...set.data].sort()}` === `${[...side.data].sort()}`;

/** What is done for each call; `message` is the whole message. */
const calls = {
  hello: () => ({
    protocol: 1,
    label: 'Zones in a file',
    capabilities: {
      writesDs: true,
      writesGlue: true,
      holdsOccluded: true,
      showsApex: true,
      writesApexNs: true,
      createsZones: true,
      atomicBatches: true,
      compareAndSet: true,
      seedsAtomically: true,
      sharesServers: true,
      visibleWithinMs: 1000,
      types: [
        'A',
        'AAAA',
        'CAA',
        'CNAME',
        'DS',
        'HTTPS',
        'MX',
        'NS',
        'PTR',
        'SRV',
        'SSHFP',
        'SVCB',
        'TLSA',
        'TXT',
      ],
    },
  }),
  whoAmI: () => {
    load();
    return { account: file, source: 'environment (ZONES_FILE)' };
  },
  rights: () => ({ readZones: 'yes', createZones: 'yes', writeRecords: 'yes' }),
  zones: ({ apex }) => {
    const all = Object.entries(load().zones);
    return {
      zones: all.filter(([name]) => apex === null || name === apex).map(([name, zone]) => show(name, zone)),
    };
  },
  read: ({ zone }) => ({
    rows: zoneIn(load(), zone).rrsets.flatMap(({ owner, type, ttl, data }) =>
      data.map(one => ({ owner, type, ttl, data: one })),
    ),
  }),
  create: ({ apex, reference, seed }) => {
    const state = load();
    const there = state.zones[apex];
    if (there?.reference === reference) return { zone: show(apex, there) };
    if (there !== undefined) throw new Refusal('conflict', `${apex} is there already`);
    const soa = `${servers[0]} hostmaster.${apex} 1 7200 900 1209600 300`;
    const own = [
      { owner: apex, type: 'SOA', ttl: 3600, data: [soa] },
      { owner: apex, type: 'NS', ttl: 3600, data: servers },
    ];
    state.zones[apex] = { reference, rrsets: [...own, ...seed] };
    save(state);
    return { zone: show(apex, state.zones[apex]) };
  },
  delete: ({ zone, purge }) => {
    const state = load();
    if (state.zones[zone.apex] === undefined) return {};
    if (!purge && !state.zones[zone.apex].rrsets.every(isOwn(zone.apex))) {
      throw new Refusal('conflict', `${zone.apex} still holds records`);
    }
    delete state.zones[zone.apex];
    save(state);
    return {};
  },
  change: ({ zone, changes }) => {
    const state = load();
    const held = zoneIn(state, zone);
    const sets = new Map(held.rrsets.map(set => [key(set), set]));
    for (const change of changes) {
      if (!same(sets.get(key(change)), change.from))
        throw new Refusal('conflict', `${key(change)} is another one`);
    }
    for (const { owner, type, to } of changes) {
      if (to === null) sets.delete(key({ owner, type }));
      else sets.set(key({ owner, type }), { owner, type, ...to });
    }
    held.rrsets = [...sets.values()];
    save(state);
    return {};
  },
};

// One answer for each line, in their order; the program ends when its input does.
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  let answer;
  try {
    const call = calls[message.call];
    if (call === undefined) throw new Refusal('unsupported', `${message.call} is not known here`);
    answer = { result: call(message) };
  } catch (error) {
    answer = { error: { code: error.code ?? 'unavailable', message: error.message } };
  }
  process.stdout.write(`${JSON.stringify({ id: message.id, ...answer })}\n`);
}
