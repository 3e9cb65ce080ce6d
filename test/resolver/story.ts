import type { SimPlan } from './sim.ts';

/** The zone com of the story. */
export const comText: string = `
      @ NS a.gtld.net.
      example 86400 NS ns1.host.net.
      example 86400 NS ns2.host.net.
      inside 86400 NS ns.inside
      ns.inside A 192.0.2.20
    `;

/** The zone host.net of the story. */
export const hostText: string = `
      @ NS ns1
      @ NS ns2
      ns1 A 192.0.2.10
      ns2 A 192.0.2.11
      www A 198.51.100.9
    `;

/** The ordinary Internet of these tests: root, com, net, example.com with its servers in net, a child of it. */
export const story: SimPlan = {
  zones: {
    '.': `
      @ NS r0.root.
      com. 172800 NS a.gtld.net.
      net. 172800 NS a.gtld.net.
      a.gtld.net. 172800 A 192.0.2.2
    `,
    com: comText,
    net: `
      @ NS a.gtld.net.
      gtld NS a.gtld
      a.gtld A 192.0.2.2
      host NS ns1.host
      host NS ns2.host
      ns1.host A 192.0.2.10
      ns2.host A 192.0.2.11
    `,
    'host.net': hostText,
    'example.com': `
      @ NS ns1.host.net.
      @ NS ns2.host.net.
      www 300 A 198.51.100.1
      alias 300 CNAME www
      far 300 CNAME www.host.net.
      deep.empty.non.terminal A 198.51.100.3
      staging 60 NS ns.staging
      ns.staging 60 A 192.0.2.30
      *.wild A 198.51.100.4
      old DNAME new
      host.new A 198.51.100.5
    `,
    'staging.example.com': `
      @ NS ns
      ns A 192.0.2.30
      app 30 A 198.51.100.7
    `,
    'inside.com': `
      @ NS ns
      ns A 192.0.2.20
      www A 198.51.100.8
    `,
  },
  servers: {
    '192.0.2.1': '.',
    '192.0.2.2': 'com net',
    '192.0.2.10': 'example.com host.net',
    '192.0.2.11': 'example.com host.net',
    '192.0.2.20': 'inside.com',
    '192.0.2.30': 'staging.example.com',
  },
};
