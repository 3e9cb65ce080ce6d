import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dig } from './dig.ts';
import { startUnbound, type Unbound } from './unbound.ts';
import { type Box, ispAddress, startBox } from './world.ts';

const questions = [
  { args: ['www.example.com'], status: 'NOERROR', last: 'example.com. A 192.0.2.10' },
  { args: ['vpn.office.example.com'], status: 'NOERROR', last: 'vpn.office.example.com. A 192.0.2.40' },
  { args: ['any.apps.example.org'], status: 'NOERROR', last: 'any.apps.example.org. A 203.0.113.80' },
  {
    args: ['deep.any.apps.example.org'],
    status: 'NOERROR',
    last: 'deep.any.apps.example.org. A 203.0.113.80',
  },
  { args: ['www.example.org', 'AAAA'], status: 'NOERROR', last: 'www.example.org. CNAME example.org.' },
  { args: ['ns-1586.awsdns-06.co.uk'], status: 'NOERROR', last: 'ns-1586.awsdns-06.co.uk. A 127.153.6.50' },
  { args: ['co.uk', 'NS'], status: 'NOERROR', last: 'co.uk. NS dns2.nic.uk.' },
  { args: ['office.example.com'], status: 'NOERROR', last: undefined },
  { args: ['nosuch.example.com'], status: 'NXDOMAIN', last: undefined },
  { args: ['nosuch.nosuchtld'], status: 'NXDOMAIN', last: undefined },
];

let box: Box;

beforeAll(async () => {
  box = await startBox('--quick');
});

afterAll(async () => {
  await box?.close();
});

describe.each([
  { how: 'as it comes', settings: [] },
  { how: 'that mixes the case of its questions and minds the answers', settings: ['use-caps-for-id: yes'] },
  { how: 'that insists on minimal questions', settings: ['qname-minimisation-strict: yes'] },
  { how: 'that asks whole questions', settings: ['qname-minimisation: no'] },
  {
    how: 'that checks the referrals on its path',
    settings: ['harden-referral-path: yes', 'harden-large-queries: yes', 'harden-short-bufsize: yes'],
  },
  { how: 'that asks over TCP only', settings: ['tcp-upstream: yes'] },
  { how: 'that has 512 octets of buffer', settings: ['edns-buffer-size: 512', 'max-udp-size: 512'] },
  { how: 'that prefetches and serves what is expired', settings: ['prefetch: yes', 'serve-expired: yes'] },
])('an Unbound $how', ({ settings }) => {
  let unbound: Unbound;

  beforeAll(async () => {
    unbound = await startUnbound(box.hintsFile, '127.200.0.1', ...settings);
  });

  afterAll(async () => {
    await unbound?.stop();
  });

  test.each(questions)('resolves $args from the root of the sandbox', async ({ args, status, last }) => {
    await expectAnswer(unbound, args, status, last);
  });
});

describe("an Unbound that forwards to the ISP's resolver", () => {
  let unbound: Unbound;

  beforeAll(async () => {
    const zone = ['forward-zone:', '  name: "."', `  forward-addr: ${ispAddress}`];
    unbound = await startUnbound(box.hintsFile, '127.200.0.1', ...zone);
  });

  afterAll(async () => {
    await unbound?.stop();
  });

  test.each(questions)('resolves $args', async ({ args, status, last }) => {
    await expectAnswer(unbound, args, status, last);
  });
});

async function expectAnswer(
  unbound: Unbound,
  args: readonly string[],
  status: string,
  last: string | undefined,
): Promise<void> {
  const dug = await dig(`@${unbound.address}`, ...args);
  expect(dug).toMatchObject({ status, flags: ['qr', 'rd', 'ra'], complaints: [] });
  expect(dug.answer).toEqual(last === undefined ? [] : expect.arrayContaining([last]));
}
