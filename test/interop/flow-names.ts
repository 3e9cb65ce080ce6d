import type { Zone } from './flow-servers.ts';

/** A question, and everything that its answer must hold. */
export interface Expectation {
  readonly name: string;
  readonly type: string;
  /** `owner TYPE data`, sorted; none for a name that is there with other types only. */
  readonly answer: readonly string[];
}

/** Seconds; of what caches let go of while a flow goes on. */
const shortTtl = 2;
/** Seconds; of what they hold through the whole of it. */
const longTtl = 600;

/** The lines of a zone file that stand at and below `cut` before the flow: every kind of name that can be lost. */
export function rowsUnder(cut: string, apex: string): string {
  return [
    `${cut} 3 IN A 192.0.2.11`,
    `${cut} 3 IN A 192.0.2.12`,
    `${cut} 3 IN AAAA 2001:db8::11`,
    `${cut} 3 IN MX 10 mail.${cut}`,
    `${cut} 3 IN TXT "v=spf1 -all"`,
    `www.${cut} ${shortTtl} IN A 192.0.2.21`,
    `long.${cut} ${longTtl} IN A 192.0.2.22`,
    `long.${cut} ${longTtl} IN TXT "held for long"`,
    `alias.${cut} ${shortTtl} IN CNAME www.${cut}`,
    `away.${cut} ${longTtl} IN CNAME www.${apex}`,
    `*.wild.${cut} ${shortTtl} IN A 192.0.2.23`,
    `a.b.deep.${cut} ${shortTtl} IN AAAA 2001:db8::24`,
    `a.b.deep.${cut} ${shortTtl} IN TXT "below names without records"`,
    `_sip._tcp.${cut} ${shortTtl} IN SRV 0 5 5060 www.${cut}`,
    '',
  ].join('\n');
}

/** Whether `name` stands in a record that caches hold for longer than a flow lasts. */
export function isHeldForLong(name: string): boolean {
  return /^(long|away)\./.test(name);
}

/** What everybody must get for these names, at every instant. `count` makes names that no cache has seen. */
export function expectationsUnder(cut: string, apex: string, count: number): readonly Expectation[] {
  const expect = (name: string, type: string, ...answer: readonly string[]): Expectation => ({
    name,
    type,
    answer: [...answer].sort(),
  });
  const unseen = `n${count}.wild.${cut}`;
  return [
    expect(cut, 'A', `${cut} A 192.0.2.11`, `${cut} A 192.0.2.12`),
    expect(`www.${cut}`, 'A', `www.${cut} A 192.0.2.21`),
    expect(unseen, 'A', `${unseen} A 192.0.2.23`),
    expect(`long.${cut}`, 'A', `long.${cut} A 192.0.2.22`),
    expect(cut, 'TXT', `${cut} TXT "v=spf1 -all"`),
    expect(`alias.${cut}`, 'A', `alias.${cut} CNAME www.${cut}`, `www.${cut} A 192.0.2.21`),
    expect(cut, 'AAAA', `${cut} AAAA 2001:db8::11`),
    expect(`a.b.deep.${cut}`, 'AAAA', `a.b.deep.${cut} AAAA 2001:db8::24`),
    expect(`away.${cut}`, 'A', `away.${cut} CNAME www.${apex}`, `www.${apex} A 192.0.2.1`),
    expect(`one.wild.${cut}`, 'A', `one.wild.${cut} A 192.0.2.23`),
    expect(cut, 'MX', `${cut} MX 10 mail.${cut}`),
    expect(`long.${cut}`, 'TXT', `long.${cut} TXT "held for long"`),
    expect(`alias.${cut}`, 'CNAME', `alias.${cut} CNAME www.${cut}`),
    expect(`a.b.deep.${cut}`, 'TXT', `a.b.deep.${cut} TXT "below names without records"`),
    expect(`_sip._tcp.${cut}`, 'SRV', `_sip._tcp.${cut} SRV 0 5 5060 www.${cut}`),
    expect(`b.deep.${cut}`, 'A'),
    expect(`www.${apex}`, 'A', `www.${apex} A 192.0.2.1`),
  ];
}

/** The beginning of a zone: SOA, NS, and the names at the apex that stay out of it all. The negative TTL is 2 s unless given. */
export function headOf({ apex, ns, address, negativeTtl = 2 }: Zone): string {
  return [
    `${apex} 5 IN SOA ${ns} hostmaster.${apex} 1 7200 900 1209600 ${negativeTtl}`,
    `${apex} 3 IN NS ${ns}`,
    ...(address === null ? [] : [`${ns} 60 IN A ${address}`]),
    `www.${apex} 5 IN A 192.0.2.1`,
    '',
  ].join('\n');
}
