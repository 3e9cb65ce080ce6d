import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptOf, labelOfAttempt } from '../attempt.ts';
import { dig } from './dig.ts';
import { runProgram } from './programs.ts';
import { startUnbound, type Unbound } from './unbound.ts';
import { ask, type Box, ispAddress, nsOfHost, startBox } from './world.ts';

const parents = [
  { parent: 'namecheap', zone: 'example.com', server: '127.5.0.2', www: '192.0.2.10' },
  { parent: 'dyn', zone: 'example.net', server: '127.6.0.3', www: '198.51.100.10' },
  { parent: 'route53', zone: 'example.org', server: '127.153.0.26', www: '203.0.113.10' },
] as const;
const children = [
  { child: 'route53', ns: /^ns-\d+\.awsdns-\d\d\.(com|net|org|co\.uk)\.$/, mname: /^ns-\d+\.awsdns-\d\d\./ },
  { child: 'dyn', ns: /^ns[1-4]\.p01\.dynect\.net\.$/, mname: /^ns1\.p01\.dynect\.net\.$/ },
] as const;
const pairs = parents.flatMap(parent => children.map(child => ({ ...parent, ...child })));

let box: Box;
let unbound: Unbound;

beforeAll(async () => {
  box = await startBox('--quick');
  unbound = await startUnbound(box.hintsFile, '127.200.0.1');
});

afterAll(async () => {
  await unbound?.stop();
  await box?.close();
});

describe.each(pairs)(
  '$parent as parent and $child as child',
  ({ parent, zone, server, www, child, ns, mname }) => {
    test('host says that there is no such name before the cut, and gives name servers and SOA of the child after it, through Unbound and the ISP', async context => {
      const name = `${labelOfAttempt(`for-${child}`, attemptOf(context))}.${zone}`;
      for (const resolver of [unbound.address, ispAddress]) {
        const { status, stdout } = await runProgram('host', ['-t', 'NS', name, resolver]);
        expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining('3(NXDOMAIN)') });
      }
      // A host with 20 requests a minute makes the next run wait for the minute's end.
      const made = await box.zonecut(['delegate', name, '--parent', parent, '--child', child, '--yes']);
      expect(made.status, made.stdout + made.stderr).toBe(0);
      const sets = [];
      for (const resolver of [unbound.address, ispAddress]) {
        const servers = nsOfHost(await ask('host', '-t', 'NS', name, resolver));
        expect(servers).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(ns)));
        sets.push(servers.join(' '));
        const soa = await ask('host', '-t', 'SOA', name, resolver);
        expect(/ has SOA record (\S+) /.exec(soa)?.[1]).toMatch(mname);
      }
      expect(new Set(sets).size).toBe(1);
      const referral = await dig('+norecurse', `@${server}`, name, 'NS');
      const given = [...referral.answer, ...referral.authority].map(record => record.split(' ')[2] ?? '');
      expect(given.sort().join(' ')).toBe(sets[0]);
    });

    test('the rest of the parent answers as before', async () => {
      expect(await ask('host', '-t', 'A', `www.${zone}`, unbound.address)).toContain(
        `${zone} has address ${www}`,
      );
      expect(nsOfHost(await ask('host', '-t', 'NS', zone, unbound.address)).length).toBeGreaterThan(1);
    });
  },
);
