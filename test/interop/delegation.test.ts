import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptOf, labelOfAttempt } from '../attempt.ts';
import { runProgram } from './programs.ts';
import { startUnbound, type Unbound } from './unbound.ts';
import { ask, type Box, ispAddress, nsOfHost, startBox } from './world.ts';

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

test('host finds no such name before the cut, and after it the four name servers and the SOA of the child, through Unbound and the ISP, and one serial of parent and child', async context => {
  const name = labelOfAttempt('staging.example.com', attemptOf(context));
  const before = await runProgram('host', [name, unbound.address]);
  expect(before.stdout).toContain(`Host ${name} not found: 3(NXDOMAIN)`);
  expect(before).toMatchObject({ status: 1, stderr: '' });

  const hosts = ['--child', 'route53', '--parent', 'namecheap'];
  const { status, stdout, stderr } = await box.zonecut(['delegate', name, ...hosts, '--yes']);
  expect(status, stdout + stderr).toBe(0);
  for (const resolver of [unbound.address, ispAddress]) {
    const servers = nsOfHost(await ask('host', '-t', 'NS', name, resolver));
    expect(servers.map(server => server.replace(/^ns-\d+\.awsdns-\d\d\./, '')).sort()).toEqual([
      'co.uk.',
      'com.',
      'net.',
      'org.',
    ]);
    const soa = await ask('host', '-t', 'SOA', name, resolver);
    expect(soa).toContain(`\n${name} has SOA record `);
    expect(soa).toMatch(
      / record ns-\d+\.awsdns-\S+ awsdns-hostmaster\.amazon\.com\. 1 7200 900 1209600 \d+$/m,
    );
    for (const server of servers) {
      expect(await ask('dig', '+norecurse', '+short', name, 'NS', `@${server.slice(0, -1)}`)).not.toBe('');
    }
  }

  for (const zone of ['example.com', name]) {
    const lines = (await ask('host', '-C', zone, ispAddress)).match(/\S+ has SOA record .*$/gm) ?? [];
    expect(lines.length).toBeGreaterThan(1);
    expect(new Set(lines).size).toBe(1);
  }
});
