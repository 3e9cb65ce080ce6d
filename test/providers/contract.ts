import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { Name } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { readHosted } from '../../src/survey/hosted.ts';
import { type BadInputs, describeBadInput } from './bad-input.ts';
import { describeFaults } from './contract-faults.ts';
import { adding, awsServers, only, readSets } from './contract-parts.ts';
import { describeCost } from './cost.ts';
import { type Check, inapplicable, partly, recordCases, unrecorded } from './record.ts';
import type { FaultyRig, Rig } from './rig.ts';
import { lines, name, ordinary } from './rig.ts';

/** Types that every emulator also serves in the DNS. */
const commonTypes = ['A', 'AAAA', 'CAA', 'CNAME', 'DS', 'MX', 'NS', 'PTR', 'SRV', 'TXT'];

/** What every driver keeps of the contract in `provider.ts`, tried over its emulator, which can be made to fail. */
export function describeContract(
  title: string,
  open: () => Promise<FaultyRig>,
  bad: BadInputs<FaultyRig>,
): void {
  const { check, opened } = recordCases(null);
  const opening = async (): Promise<FaultyRig> => opened(await open());
  describeWorks(title, opening, check);
  describeFaults(title, opening, check);
  describeBadInput(title, opening, bad, check);
  // `npm run bench -- hosts` runs these alone.
  const costs = process.env['ZONECUT_COSTS'];
  if (costs !== undefined) describeCost(title, open, costs);
}

/** As `describeContract`, over a host that cannot be made to fail; `why` it cannot. */
export function describeUnfailing<R extends Rig>(
  title: string,
  open: () => Promise<R>,
  bad: BadInputs<R>,
  why: string,
): void {
  const { check, opened } = recordCases(why);
  const opening = async (): Promise<R> => opened(await open());
  describeWorks(title, opening, check);
  describeBadInput(title, opening, bad, check);
}

/** What of the contract can be tried with a host that does not fail, such as a real server. */
export function describeWorks(title: string, open: () => Promise<Rig>, check: Check = unrecorded): void {
  describe(`${title} keeps the contract`, () => {
    let rig: Rig;
    let zone: HostedZone;
    beforeEach(async () => {
      rig = await open();
      zone = await only(rig, rig.apex);
    });
    afterEach(() => rig.close());

    const read = (): Promise<readonly RRset[]> => readSets(rig, zone);
    const below = (label: string): Name => name(`${label}.${rig.apex}`);
    const delegation = (label = 'staging'): RRset => rrsetOf(below(label), 'NS', 7200, ...awsServers);

    check('has the calls that its capabilities promise, and no others', async () => {
      const { capabilities, signZone, unsignZone, readSigning, ...rest } = rig.provider;
      expect(signZone !== undefined).toBe(capabilities.signs);
      // What is signed can be taken back also where nothing can be signed with what the settings name.
      expect(unsignZone !== undefined || !capabilities.signs).toBe(true);
      expect(readSigning !== undefined || !capabilities.signs).toBe(true);
      expect([rest.protect, rest.unprotect, rest.protections].map(call => call !== undefined)).toEqual(
        Array(3).fill(capabilities.protects),
      );
    });

    describeReading();
    describeChanging();
    describeZones();

    function describeReading(): void {
      check('reads what the zone holds', async () => {
        const found = lines(await read());
        for (const line of lines(ordinary(rig.apex))) expect(found).toContain(line);
      });

      for (const count of [101, 601, 1201]) {
        check(`reads a zone of ${count} further records whole`, async () => {
          const { maxRecords } = rig.provider.capabilities;
          // As many as the host takes, where that is fewer.
          const size = Math.min(count, maxRecords === null ? count : maxRecords - 30);
          const before = await read();
          const sets = Array.from({ length: size }, (_, at) =>
            rrsetOf(below(`host-${at}`), 'A', 300, `192.0.2.${at % 250}`),
          );
          for (let at = 0; at < size; at += 400) {
            await rig.provider.changeZone(zone, sets.slice(at, at + 400).map(adding));
          }
          expect(lines(await read())).toEqual(lines([...before, ...sets]));
          return size < count ? partly(`as many as the host takes (maxRecords ${maxRecords})`) : undefined;
        });
      }

      check('gives the same digest while nothing changes, and another after a change', async () => {
        const first = (await rig.provider.readZone(zone)).digest;
        expect((await rig.provider.readZone(zone)).digest).toBe(first);
        await rig.editElsewhere(below('new'));
        expect((await rig.provider.readZone(zone)).digest).not.toBe(first);
      });

      check('says who we are and what we may, without changing anything', async () => {
        const before = (await rig.provider.readZone(zone)).digest;
        expect((await rig.provider.whoAmI()).source).toMatch(/environment/);
        const rights = await rig.provider.rights(zone);
        expect(rights.readZones).toBe('yes');
        expect(rights.writeRecords).toBe('yes');
        expect((await rig.provider.readZone(zone)).digest).toBe(before);
      });

      check('finds the zone by its apex and in the list, and nothing at other names', async () => {
        const listed: Name[] = [];
        for await (const one of rig.provider.listZones()) listed.push(one.apex);
        expect(listed).toContain(rig.apex);
        expect(await rig.provider.findZones(below('www'))).toEqual([]);
        expect(await rig.provider.findZones(name('nothing-here.org.'))).toEqual([]);
      });
    }

    function describeChanging(): void {
      check('adds, replaces and removes a set, and touches nothing else', async () => {
        const before = await read();
        const first = delegation();
        await rig.provider.changeZone(zone, [adding(first)]);
        expect(lines(await read())).toEqual(lines([...before, first]));
        expect(lines(await rig.served(rig.apex))).toContain(lines([first])[0]);
        const second = rrsetOf(first.owner, 'NS', 3600, 'ns1.example.org.', awsServers[0] ?? '');
        await rig.provider.changeZone(zone, [{ owner: first.owner, type: 'NS', from: first, to: second }]);
        expect(lines(await read())).toEqual(lines([...before, second]));
        await rig.provider.changeZone(zone, [{ owner: first.owner, type: 'NS', from: second, to: null }]);
        expect(lines(await read())).toEqual(lines(before));
      });

      check('shows SOA and NS of the apex where it says so', async () => {
        const { rrsets } = await rig.provider.readZone(zone);
        const own = rrsets.filter(set => set.owner === rig.apex && ['NS', 'SOA'].includes(set.type));
        expect(own.map(set => set.type).sort()).toEqual(
          rig.provider.capabilities.showsApex ? ['NS', 'SOA'] : [],
        );
        return rig.provider.capabilities.showsApex ? undefined : partly('showsApex is no: neither is shown');
      });

      check(
        'writes a whole delegation, DS and glue included, where it says so, and takes it away again',
        async () => {
          const { writesDs, writesGlue } = rig.provider.capabilities;
          const before = await read();
          const cut = below('signed');
          const server = name(`ns1.${cut}`);
          const sets = [
            rrsetOf(cut, 'NS', 7200, server, 'ns1.example.org.'),
            ...(writesDs ? [rrsetOf(cut, 'DS', 7200, `12345 13 2 ${'ab'.repeat(32)}`)] : []),
            ...(writesGlue ? [rrsetOf(server, 'A', 7200, '192.0.2.53')] : []),
            ...(writesGlue ? [rrsetOf(server, 'AAAA', 7200, '2001:db8::53')] : []),
          ];
          await rig.provider.changeZone(zone, sets.map(adding));
          expect(lines(await read())).toEqual(lines([...before, ...sets]));
          await rig.provider.changeZone(
            zone,
            sets.map(from => ({ owner: from.owner, type: from.type, from, to: null })),
          );
          expect(lines(await read())).toEqual(lines(before));
          const missing = [
            ...(writesDs ? [] : ['writesDs is no']),
            ...(writesGlue ? [] : ['writesGlue is no']),
          ];
          return missing.length === 0 ? undefined : partly(missing.join(', '));
        },
      );

      check('writes the NS RRset of the apex where it says so', async () => {
        if (!rig.provider.capabilities.writesApexNs) return inapplicable('writesApexNs is no');
        const before = await read();
        const ns = before.find(set => set.type === 'NS' && set.owner === rig.apex);
        if (ns === undefined) throw new Error('the zone shows no NS RRset of its apex');
        const to = rrsetOf(rig.apex, 'NS', 7200, ...ns.data, 'ns1.other.example.');
        await rig.provider.changeZone(zone, [{ owner: rig.apex, type: 'NS', from: ns, to }]);
        expect(lines(await read())).toEqual(lines([...before.filter(set => set !== ns), to]));
        await rig.provider.changeZone(zone, [{ owner: rig.apex, type: 'NS', from: to, to: ns }]);
        expect(lines(await read())).toEqual(lines(before));
        return undefined;
      });

      check('does nothing when all is there already', async () => {
        const change = adding(delegation());
        await rig.provider.changeZone(zone, [change]);
        const count = await rig.writes();
        await rig.provider.changeZone(zone, [change]);
        expect(await rig.writes()).toBe(count);
      });

      check('removes what is gone already without a word', async () => {
        const gone = delegation('gone');
        const count = await rig.writes();
        await rig.provider.changeZone(zone, [{ owner: gone.owner, type: 'NS', from: gone, to: null }]);
        expect(await rig.writes()).toBe(count);
      });

      check('refuses a stale from, and changes nothing', async () => {
        const real = delegation();
        await rig.provider.changeZone(zone, [adding(real)]);
        const { digest } = await rig.provider.readZone(zone);
        const stale = rrsetOf(real.owner, 'NS', 7200, 'ns1.example.org.');
        const other = delegation('other');
        const cases: readonly (readonly RRsetChange[])[] = [
          [{ owner: real.owner, type: 'NS', from: stale, to: null }],
          [{ owner: real.owner, type: 'NS', from: { ...real, ttl: 3600 }, to: stale }],
          [{ owner: real.owner, type: 'NS', from: null, to: stale }],
          [adding(other), { owner: real.owner, type: 'NS', from: stale, to: null }],
        ];
        for (const changes of cases) {
          await expect(rig.provider.changeZone(zone, changes)).rejects.toMatchObject({
            code: 'ZC_PROVIDER_CONFLICT',
          });
          expect((await rig.provider.readZone(zone)).digest).toBe(digest);
        }
      });

      check('makes several changes at once', async () => {
        const before = await read();
        const sets = [
          delegation('a'),
          delegation('b'),
          rrsetOf(below('c'), 'A', 300, '192.0.2.1', '192.0.2.2'),
        ];
        await rig.provider.changeZone(zone, sets.map(adding));
        expect(lines(await read())).toEqual(lines([...before, ...sets]));
      });

      check('writes every type that it says it writes, and reads back the same', async () => {
        const before = await read();
        const all = samples(rig.apex).filter(set => rig.provider.capabilities.types.includes(set.type));
        const holds = (data: string): boolean => rig.cannotHold?.(data) !== true;
        const sets = all.map(set => ({ ...set, data: set.data.filter(holds) }));
        await rig.provider.changeZone(zone, sets.map(adding));
        expect(lines(await read())).toEqual(lines([...before, ...sets]));
        const served = lines(await rig.served(rig.apex));
        const common = sets.filter(set => commonTypes.includes(set.type));
        for (const line of lines(common)) expect(served).toContain(line);
        const refused = all.flatMap(set =>
          set.data.filter(one => !holds(one)).map(one => ({ ...set, data: [one] })),
        );
        for (const set of refused) {
          const to = { ...set, owner: below('refused') };
          await expect(rig.provider.changeZone(zone, [adding(to)])).rejects.toMatchObject({
            code: 'ZC_PROVIDER_REFUSED',
          });
        }
        expect(lines(await read())).toEqual(lines([...before, ...sets]));
        return refused.length === 0
          ? undefined
          : partly(`the host cannot hold ${refused.map(({ type, data }) => `${type} ${data}`).join(', ')}`);
      });

      check('writes odd names, or says that it cannot', async () => {
        const odd = [
          '*.wild',
          '_acme-challenge.www',
          'xn--bcher-kva',
          'a--b',
          `${'l'.repeat(50)}`,
          '_sip._tcp',
        ];
        const sets = odd.map(label => rrsetOf(below(label), 'TXT', 300, '"here"'));
        const before = await read();
        await rig.provider.changeZone(zone, sets.map(adding));
        expect(lines(await read())).toEqual(lines([...before, ...sets]));
        for (const label of ['l'.repeat(63), 'a\\046b', 'sp\\032ace', 'oct\\200et']) {
          const set = rrsetOf(below(label), 'TXT', 300, '"here"');
          const now = await read();
          try {
            await rig.provider.changeZone(zone, [adding(set)]);
            expect(lines(await read())).toEqual(lines([...now, set]));
          } catch (error) {
            expect(error).toMatchObject({ code: 'ZC_PROVIDER_REFUSED' });
            expect(lines(await read())).toEqual(lines(now));
          }
        }
      });

      check('keeps apart changes that are asked for at the same time', async () => {
        const before = await read();
        const sets = [delegation('a'), delegation('b'), delegation('c')];
        await Promise.all(sets.map(set => rig.provider.changeZone(zone, [adding(set)])));
        expect(lines(await read())).toEqual(lines([...before, ...sets]));
      });
    }

    function describeZones(): void {
      check('creates one zone for one reference, or says that it creates none', async () => {
        const apex = name('staging.example.test.');
        const { capabilities } = rig.provider;
        if (!capabilities.createsZones) {
          await expect(rig.provider.createZone(apex, { reference: 'zonecut:1' })).rejects.toMatchObject({
            code: 'ZC_PROVIDER_REFUSED',
          });
          return partly('createsZones is no: the call is refused');
        }
        const seed = capabilities.seedsAtomically
          ? [rrsetOf(name(`www.${apex}`), 'A', 300, '192.0.2.5')]
          : [];
        const first = await rig.provider.createZone(apex, { reference: 'zonecut:1', seed });
        const again = await rig.provider.createZone(apex, { reference: 'zonecut:1', seed });
        expect(again).toEqual(first);
        expect(first.nameServers.length).toBeGreaterThan(1);
        expect((await rig.provider.findZones(apex)).length).toBe(1);
        expect((await only(rig, apex)).nameServers).toEqual(first.nameServers);
        // What an audit of the account compares the delegation with.
        const { zones } = (await readHosted(rig.provider, apex)).facts;
        expect(zones).toMatchObject([{ id: first.id, assigned: first.nameServers.toSorted() }]);
        const served = await rig.served(apex);
        expect(served.map(set => set.type)).toEqual(
          expect.arrayContaining(['SOA', 'NS', ...seed.map(set => set.type)]),
        );
        const second = rig.provider.createZone(apex, { reference: 'zonecut:2' });
        if (capabilities.allowsSameApex) expect((await second).id).not.toBe(first.id);
        else await expect(second).rejects.toMatchObject({ code: 'ZC_PROVIDER_CONFLICT' });
        return undefined;
      });

      check('deletes a zone once and for all, but not one that holds records', async () => {
        if (!rig.provider.capabilities.createsZones) {
          await expect(rig.provider.deleteZone(zone)).rejects.toMatchObject({ code: 'ZC_PROVIDER_REFUSED' });
          return partly('createsZones is no: the call is refused');
        }
        const apex = name('staging.example.test.');
        const made = await rig.provider.createZone(apex, { reference: 'zonecut:1' });
        const www = rrsetOf(name(`www.${apex}`), 'A', 300, '192.0.2.5');
        await rig.provider.changeZone(made, [adding(www)]);
        await expect(rig.provider.deleteZone(made)).rejects.toMatchObject({ code: 'ZC_PROVIDER_CONFLICT' });
        expect((await rig.served(apex)).length).toBeGreaterThan(0);
        await rig.provider.deleteZone(made, { purge: true });
        expect(await rig.provider.findZones(apex)).toEqual([]);
        expect(await rig.served(apex)).toEqual([]);
        await rig.provider.deleteZone(made);
        return undefined;
      });
    }
  });
}

/** One set of each type. */
function samples(apex: Name): readonly RRset[] {
  const at = (label: string): Name => name(`${label}.${apex}`);
  return [
    rrsetOf(at('t-a'), 'A', 300, '192.0.2.1', '192.0.2.2'),
    rrsetOf(at('t-aaaa'), 'AAAA', 300, '2001:db8::1', '2001:db8:0:0:1::'),
    rrsetOf(at('t-caa'), 'CAA', 300, '0 issue "ca.example.org"', '128 iodef "mailto:ca@example.org"'),
    rrsetOf(at('t-cname'), 'CNAME', 300, 'target.example.org.'),
    rrsetOf(at('t-ns'), 'NS', 300, 'ns1.example.org.', 'ns2.example.org.'),
    rrsetOf(at('t-ns'), 'DS', 300, `12345 13 2 ${'ab'.repeat(32)}`),
    rrsetOf(at('t-mx'), 'MX', 300, '0 mx1.example.org.', '65535 mx2.example.org.'),
    rrsetOf(at('t-naptr'), 'NAPTR', 300, '10 20 "U" "E2U+sip" "!^.*$!sip:info@example.org!" .'),
    rrsetOf(at('t-sshfp'), 'SSHFP', 300, `4 2 ${'cd'.repeat(32)}`),
    rrsetOf(at('_443._tcp'), 'TLSA', 300, `3 1 1 ${'ef'.repeat(32)}`),
    rrsetOf(at('t-svcb'), 'SVCB', 300, '1 host.example.org. alpn="h2,h3" port=8443'),
    rrsetOf(at('t-https'), 'HTTPS', 300, '0 host.example.org.'),
    rrsetOf(at('t-spf'), 'SPF', 300, '"v=spf1 -all"'),
    rrsetOf(at('t-dname'), 'DNAME', 300, 'other.example.org.'),
    rrsetOf(at('t-ptr'), 'PTR', 300, 'host.example.org.'),
    rrsetOf(at('_t._tcp'), 'SRV', 300, '1 2 443 host.example.org.'),
    rrsetOf(at('t-txt'), 'TXT', 300, '"one"', '"with \\"quotes\\" and \\\\ backslash"', '"semi;colon"'),
  ];
}
