import { describe, expect, it } from 'vitest';
import { driverNamed } from '../../src/providers/registry.ts';
import { nodeRandom } from '../../src/world/node.ts';
import { noStreams } from '../../src/world/streams.ts';
import { replaying } from './recordings.ts';
import { name, testClock } from './rig.ts';

const environment = { NAMECHEAP_API_USER: 'u', NAMECHEAP_API_KEY: 'k', NAMECHEAP_CLIENT_IP: '127.0.0.1' };
const zone = {
  provider: 'namecheap',
  id: 'example.com',
  apex: name('example.com.'),
  nameServers: [],
  reference: null,
};

const row = (text = ''): string =>
  `<host HostId="1" Name="www" Type="A" Address="192.0.2.1" MXPref="10" TTL="1800" ${text}/>`;
const answer = (
  rows: string,
  options: { result?: string; status?: string; type?: string; extra?: string } = {},
): string =>
  `<?xml version="1.0"?><ApiResponse Status="${options.status ?? 'OK'}" xmlns="http://api.namecheap.com/xml.response"><Errors /><CommandResponse Type="${options.type ?? 'namecheap.domains.dns.getHosts'}"><DomainDNSGetHostsResult ${options.result ?? 'Domain="example.com" EmailType="NONE" IsUsingOurDNS="true"'}>${rows}</DomainDNSGetHostsResult>${options.extra ?? ''}</CommandResponse></ApiResponse>`;

/** A zone that is written from an answer that was misread is a zone that is lost: these are never taken for a zone. */
describe('an answer to getHosts', () => {
  const unreadable = [
    ['in another root element', answer(row()).replaceAll('ApiResponse', 'Response')],
    ['without Status', answer(row()).replace('Status="OK"', '')],
    ['with a Status that nobody knows', answer(row(), { status: 'MAYBE' })],
    ['to another command', answer(row(), { type: 'namecheap.domains.dns.getList' })],
    ['about another domain', answer(row(), { result: 'Domain="example.org" IsUsingOurDNS="true"' })],
    ['about no domain', answer(row(), { result: 'IsUsingOurDNS="true"' })],
    ['with a row outside its result', answer(row(), { extra: row() })],
    ['with a row inside another element', answer(`${row()}<group>${row()}</group>`)],
    ['with an element that is no row', answer(`${row()}<record Name="x"/>`)],
    ['with a row that lacks its type', answer(row().replace('Type="A"', ''))],
    ['with a row that lacks its TTL', answer(row().replace('TTL="1800"', ''))],
    ['that is a page for people', '<html><body>Sorry</body></html>'],
    ['that is empty', ''],
  ] as const;
  for (const [title, body] of unreadable) {
    it(`${title}: cannot be read`, async () => {
      const http = replaying(() => ({ status: 200, body }));
      const world = {
        clock: testClock(),
        random: nodeRandom,
        streams: noStreams,
        dns: { exchange: () => Promise.reject(new Error('unused')) },
        http,
      };
      const provider = await (await driverNamed('namecheap').load())(world, { environment });
      await expect(provider.readZone(zone)).rejects.toMatchObject({ code: 'ZC_PROVIDER_RESPONSE' });
    });
  }

  const readable = [
    ['without rows', answer(''), 0],
    ['with rows in capitals', answer(`${row()}${row()}`).replaceAll('<host', '<Host'), 1],
    ['with a prefix', answer(row()).replace('xmlns=', 'xmlns:n=').replace('<host', '<n:host'), 1],
    ['with booleans in capitals', answer(row(), { result: 'Domain="Example.COM" IsUsingOurDNS="True"' }), 1],
  ] as const;
  for (const [title, body, count] of readable) {
    it(`${title}: can be read`, async () => {
      const http = replaying(() => ({ status: 200, body }));
      const world = {
        clock: testClock(),
        random: nodeRandom,
        streams: noStreams,
        dns: { exchange: () => Promise.reject(new Error('unused')) },
        http,
      };
      const provider = await (await driverNamed('namecheap').load())(world, { environment });
      expect((await provider.readZone(zone)).rrsets.length).toBe(count);
    });
  }
});
