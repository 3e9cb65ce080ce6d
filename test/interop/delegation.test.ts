import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from './programs.ts';
import { startUnbound, type Unbound } from './unbound.ts';
import { ask, type Box, ispAddress, nsOfHost, startBox } from './world.ts';

const name = 'staging.example.com';

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

test('before the cut, host says through Unbound that there is no such name', async () => {
  const { status, stdout, stderr } = await runProgram('host', [name, unbound.address]);
  expect(stdout).toContain(`Host ${name} not found: 3(NXDOMAIN)`);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
});

test('after the cut, host gives the four name servers and the SOA of the child, through Unbound and the ISP', async () => {
  const { status, stdout, stderr } = await box.zonecut(
    ['delegate', name, '--child', 'route53', '--parent', 'namecheap', '--yes'],
    { timeoutMs: 40_000 },
  );
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
    expect(soa).toMatch(
      /^staging\.example\.com has SOA record ns-\d+\.awsdns-\S+ awsdns-hostmaster\.amazon\.com\. 1 7200 900 1209600 \d+$/m,
    );
    for (const server of servers) {
      expect(await ask('dig', '+norecurse', '+short', name, 'NS', `@${server.slice(0, -1)}`)).not.toBe('');
    }
  }
});

test('the name servers of the parent and of the child agree on the serial, says host -C', async () => {
  for (const zone of ['example.com', name]) {
    const lines = (await ask('host', '-C', zone, ispAddress)).match(/\S+ has SOA record .*$/gm) ?? [];
    expect(lines.length).toBeGreaterThan(1);
    expect(new Set(lines).size).toBe(1);
  }
});
