import type { Driver } from '../driver.ts';
import { variable } from '../driver.ts';
import { powerdnsCapabilities } from './capabilities.ts';

/** The PowerDNS Authoritative Server, by its HTTP API. */
export const powerdns: Driver = {
  id: 'powerdns',
  title: 'PowerDNS',
  aliases: ['pdns', 'power-dns', 'powerdns authoritative server'],
  settingsUrl: 'https://doc.powerdns.com/authoritative/http-api/',
  environment: [
    { name: 'PDNS_API_URL', secret: false, text: 'where its API is, such as `http://127.0.0.1:8081`' },
    { name: 'PDNS_API_KEY', secret: true, text: '`api-key` of its configuration' },
    {
      name: 'PDNS_NAMESERVERS',
      secret: false,
      text: 'names of the servers that new zones get, with commas between; without it no zones are created',
    },
    { name: 'PDNS_ZONE_KIND', secret: false, text: 'kind of new zones: `Native` unless given, or `Master`' },
    {
      name: 'PDNS_SERVER_NAME',
      secret: false,
      text: 'name of the server in the API; `localhost` unless given',
    },
    {
      name: 'PDNS_DIRECT_DNSKEY',
      secret: false,
      text: 'true: the server has `direct-dnskey=yes`, so that a zone can publish the keys of two signers',
    },
  ],
  capabilities: powerdnsCapabilities,
  find: async settings => (variable(settings, 'PDNS_API_KEY') === null ? null : 'environment (PDNS_API_KEY)'),
  load: async () => (await import('./provider.ts')).openPowerdns,
};
