import type { Name } from '../../dns/name.ts';

/**
 * How an operator lets customers make zones. `open`: anybody makes any zone, and gets the same name servers; `purchase`: for
 * money; `edge`: in special cases; `set-match`: only by chance or patience, as the servers are drawn; `verified`: after a
 * proof; `closed`: not any more; `private`: its servers are its own.
 */
export type ClaimPolicy = 'open' | 'purchase' | 'edge' | 'set-match' | 'verified' | 'closed' | 'private';

/** A known operator of name servers. */
export interface Operator {
  readonly name: string;
  /** Anchored patterns of its servers' names, without the final dot. */
  readonly patterns: readonly string[];
  readonly claim: ClaimPolicy;
}

/** What is known of operators: data, with its version and the day as of which it was gathered from public reports. */
export const operatorData: {
  readonly schema: 'zonecut/operators/v1';
  readonly asOf: string;
  readonly operators: readonly Operator[];
} = {
  schema: 'zonecut/operators/v1',
  asOf: '2026-06-30',
  operators: [
    { name: 'Amazon Route 53', patterns: ['ns-\\d+\\.awsdns-\\d+\\.(com|net|org|co\\.uk)'], claim: 'edge' },
    { name: 'Azure DNS', patterns: ['ns\\d+-\\d+\\.azure-dns\\.(com|net|org|info)'], claim: 'edge' },
    { name: 'Google Cloud DNS', patterns: ['ns-cloud-[a-e]\\d+\\.googledomains\\.com'], claim: 'edge' },
    { name: 'DreamHost', patterns: ['ns\\d\\.dreamhost\\.com'], claim: 'edge' },
    { name: 'DigitalOcean', patterns: ['ns[1-3]\\.digitalocean\\.com'], claim: 'open' },
    { name: 'Hurricane Electric', patterns: ['ns[1-5]\\.he\\.net'], claim: 'open' },
    { name: 'Linode', patterns: ['ns[1-5]\\.linode\\.com'], claim: 'open' },
    { name: 'DNSimple', patterns: ['ns\\d\\.dnsimple(-edge)?\\.(com|net|org)'], claim: 'open' },
    { name: 'DNS Made Easy', patterns: ['ns\\d+\\.dnsmadeeasy\\.com'], claim: 'open' },
    { name: 'TierraNet', patterns: ['ns[12]\\.domaindiscover\\.com'], claim: 'open' },
    { name: 'Reg.ru', patterns: ['ns[12]\\.reg\\.ru'], claim: 'purchase' },
    { name: 'Name.com', patterns: ['ns\\d[a-z]{3}\\.name\\.com'], claim: 'purchase' },
    { name: 'Domain.com', patterns: ['ns[12]\\.domain\\.com'], claim: 'purchase' },
    { name: 'Yahoo Small Business', patterns: ['yns[12]\\.yahoo\\.com'], claim: 'purchase' },
    { name: 'Cloudflare', patterns: ['[a-z]+\\.ns\\.cloudflare\\.com'], claim: 'set-match' },
    { name: 'easyDNS', patterns: ['dns\\d\\.easydns\\.(com|net|org|info|ca)'], claim: 'verified' },
    {
      name: 'UltraDNS',
      patterns: ['[psu]?dns\\d+\\.ultradns\\.(com|net|org|biz|info|co\\.uk)'],
      claim: 'verified',
    },
    { name: 'Akamai', patterns: ['[a-z0-9-]+\\.akam\\.net'], claim: 'verified' },
    { name: 'Gandi', patterns: ['ns-\\d+-[abc]\\.gandi\\.net'], claim: 'verified' },
    {
      name: 'Namecheap',
      patterns: ['dns[12]\\.registrar-servers\\.com', 'freedns[1-5]\\.registrar-servers\\.com'],
      claim: 'verified',
    },
    { name: 'NS1', patterns: ['dns\\d\\.p\\d+\\.nsone\\.net'], claim: 'closed' },
    { name: 'Google', patterns: ['ns[1-4]\\.google\\.com'], claim: 'private' },
    { name: 'Apple', patterns: ['[a-z]\\.ns\\.apple\\.com'], claim: 'private' },
    { name: 'Automattic', patterns: ['ns[1-4]\\.automattic\\.com'], claim: 'private' },
  ],
};

const compiled = operatorData.operators.map(operator => ({
  operator,
  pattern: new RegExp(`^(?:${operator.patterns.join('|')})$`),
}));

/** The operator whose pattern the name of a server matches; null when none is known. */
export function operatorOf(name: Name): Operator | null {
  const text = name.slice(0, -1);
  return compiled.find(({ pattern }) => pattern.test(text))?.operator ?? null;
}

/** Name servers that registrars rename when they delete their domain (RFC 9874), as anchored patterns without the final dot. */
export const sacrificialPatterns: readonly { readonly pattern: RegExp; readonly safe: boolean }[] = [
  { pattern: /^(.+\.)?(invalid|arpa)$/, safe: true },
  { pattern: /^(.+\.)?sacrificial[a-z0-9-]*\.[a-z]+$/, safe: true },
  { pattern: /^(.*[.-])?(please)?dropthishost[a-z0-9-]*(\..+)$/, safe: false },
  { pattern: /^(.+\.)?lame-?delegation(servers)?\.[a-z.]+$/, safe: false },
  { pattern: /^(.*[.-])?delete-?(d-?)?(host|ns|dns)[a-z0-9-]*\.[a-z.]+$/, safe: false },
  { pattern: /^(.+\.)?nsnotinuse[a-z0-9-]*\.[a-z.]+$/, safe: false },
];
