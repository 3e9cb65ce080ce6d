import type { Driver } from '../driver.ts';
import { variable } from '../driver.ts';
import { rfc2136Capabilities } from './capabilities.ts';

/** Any primary name server that takes dynamic updates: BIND, Knot DNS, PowerDNS and others. */
export const rfc2136: Driver = {
  id: 'rfc2136',
  title: 'Name server with dynamic update',
  aliases: ['bind', 'bind9', 'named', 'knot', 'nsupdate', 'update', 'ddns', 'rfc-2136'],
  settingsUrl: 'https://bind9.readthedocs.io/en/latest/manpages.html#tsig-keygen-tsig-key-generation-tool',
  environment: [
    {
      name: 'RFC2136_NAMESERVER',
      secret: false,
      text: 'address of the primary server, `192.0.2.1`, `192.0.2.1:53` or `[2001:db8::1]:53`',
    },
    {
      name: 'RFC2136_TSIG_FILE',
      secret: false,
      text: "file with the key in BIND's format, as tsig-keygen prints it",
    },
    {
      name: 'RFC2136_TSIG_KEY',
      secret: false,
      text: 'name of the key; in a file of several keys, which one',
    },
    { name: 'RFC2136_TSIG_SECRET', secret: true, text: 'the key itself, base64, without a file' },
    {
      name: 'RFC2136_TSIG_ALGORITHM',
      secret: false,
      text: 'algorithm of the key; hmac-sha256 unless given',
    },
    {
      name: 'RFC2136_ZONES',
      secret: false,
      text: 'zones to list, with commas between; any other zone of the server can be named too',
    },
    { name: 'RFC2136_DNS_TIMEOUT', secret: false, text: 'seconds for one answer; 10 unless given' },
  ],
  capabilities: rfc2136Capabilities,
  find: async settings => {
    if (variable(settings, 'RFC2136_TSIG_SECRET') !== null) return 'environment (RFC2136_TSIG_SECRET)';
    const file = variable(settings, 'RFC2136_TSIG_FILE');
    return file === null ? null : `file (${file})`;
  },
  load: async () => (await import('./provider.ts')).openRfc2136,
};
