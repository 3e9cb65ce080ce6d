import { describe, expect, it } from 'vitest';
import { extendedErrorsOf } from '../../src/dns/edns.ts';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import type { ResourceRecord } from '../../src/dns/rrset.ts';
import { recursiveService } from '../../src/resolver/recursive.ts';
import { createResolver, type Resolver, type ResolverOptions } from '../../src/resolver/resolver.ts';
import { ianaTrustAnchors, parseTrustAnchors } from '../../src/resolver/trust-anchors.ts';
import { signedInternet } from './signed.ts';
import { ask, asked, type Sim, type SimServer, simulate } from './sim.ts';

const zones = {
  '.': '@ NS r0.root.\ncom NS a.gtld.com.\na.gtld.com. A 192.0.2.2',
  com: `
    @ NS a.gtld
    a.gtld A 192.0.2.2
    example NS ns.example
    ns.example A 192.0.2.3
    plain NS ns.plain
    ns.plain A 192.0.2.4
  `,
  'example.com': `
    @ NS ns
    ns A 192.0.2.3
    www A 198.51.100.1
    alias CNAME www
    out CNAME www.plain.com.
    *.wild A 198.51.100.2
    old DNAME new
    host.new A 198.51.100.5
  `,
  'plain.com': '@ NS ns\nns A 192.0.2.4\nwww A 198.51.100.9',
};

const internet = signedInternet(zones, { unsigned: ['plain.com'] });

type Edit = NonNullable<SimServer['edit']>;

/** The signed Internet; `edit` changes what the server of example.com says after its signatures were put in. */
function world(edit: Edit = response => response, of = internet): Sim {
  const served = (serves: readonly string[], then: Edit = response => response): SimServer => ({
    serves,
    edit: (response, query, protocol) => {
      const full = of.edit(response, query, protocol);
      return full === null ? null : then(full, query, protocol);
    },
  });
  return simulate({
    zones: of.zones,
    servers: {
      '192.0.2.1': served(['.']),
      '192.0.2.2': served(['com']),
      '192.0.2.3': served(['example.com'], edit),
      '192.0.2.4': served(['plain.com']),
    },
  });
}

function resolverIn(sim: Sim, options: Partial<ResolverOptions> = {}): Resolver {
  return sim.resolver({ trustAnchors: internet.anchors, ...options });
}

/** What a client with DO sees: `rcode AD EDE-codes`. */
async function seen(
  sim: Sim,
  resolver: Resolver,
  text: string,
  query: Partial<Message> = {},
): Promise<string> {
  const [name = '', type = 'A'] = text.split(' ');
  const service = recursiveService(resolver);
  const asks = makeQuery(parseName(name), type, { recursionDesired: true, dnssecOk: true });
  const response = await sim.clock.run(service({ ...asks, ...query }));
  const codes = extendedErrorsOf(response).map(({ code }) => code);
  return [response.rcode, response.authenticData ? 'AD' : '', ...codes].filter(word => word !== '').join(' ');
}

function without(...types: readonly string[]): Edit {
  const keep = (records: readonly ResourceRecord[]): readonly ResourceRecord[] =>
    records.filter(({ type }) => !types.includes(type));
  return response => ({ ...response, answer: keep(response.answer), authority: keep(response.authority) });
}

const forged: Edit = (response, query) =>
  query.questions[0]?.type !== 'A'
    ? response
    : {
        ...response,
        answer: response.answer.map(record =>
          record.type === 'A' ? { ...record, data: parseRdata('A', '203.0.113.66') } : record,
        ),
      };

describe('validation', () => {
  it.each<[string, string]>([
    ['www.example.com', 'NOERROR AD'],
    ['www.example.com MX', 'NOERROR AD'],
    ['gone.example.com', 'NXDOMAIN AD'],
    ['alias.example.com', 'NOERROR AD'],
    ['a.wild.example.com', 'NOERROR AD'],
    ['a.wild.example.com MX', 'NOERROR AD'],
    ['host.old.example.com', 'NOERROR AD'],
    ['example.com DS', 'NOERROR AD'],
    ['example.com DNSKEY', 'NOERROR AD'],
    ['plain.com DS', 'NOERROR AD'],
    ['. DS', 'NOERROR AD'],
    ['gone. NS', 'NXDOMAIN AD'],
    ['www.plain.com', 'NOERROR'],
    ['gone.plain.com', 'NXDOMAIN'],
    ['out.example.com', 'NOERROR'],
  ])('of %s is %s', async (text, expected) => {
    const sim = world();
    expect(await seen(sim, resolverIn(sim), text)).toBe(expected);
  });

  it.each<[string, string]>([
    ['www.example.com MX', 'NOERROR AD'],
    ['gone.example.com', 'NXDOMAIN AD'],
    ['a.wild.example.com', 'NOERROR AD'],
    ['www.plain.com', 'NOERROR'],
    ['. DS', 'NOERROR AD'],
  ])('holds with NSEC3: %s is %s', async (text, expected) => {
    const parameters = { hashAlgorithm: 1, iterations: 0, salt: new Uint8Array() } as const;
    const of = signedInternet(zones, {
      unsigned: ['plain.com'],
      denial: { kind: 'nsec3', parameters, optOut: false },
    });
    const sim = world(undefined, of);
    expect(await seen(sim, resolverIn(sim, { trustAnchors: of.anchors }), text)).toBe(expected);
  });

  it.each<[string, Edit, string, string]>([
    ['forged data', forged, 'www.example.com', 'SERVFAIL 6'],
    ['no signatures', without('RRSIG'), 'www.example.com', 'SERVFAIL 10'],
    ['no denials', without('NSEC'), 'gone.example.com', 'SERVFAIL 12'],
    ['no denials for a wildcard', without('NSEC'), 'a.wild.example.com', 'SERVFAIL 12'],
    ['no keys', without('DNSKEY'), 'www.example.com', 'SERVFAIL 9'],
    [
      'a denial of what is there',
      (response, query) =>
        query.questions[0]?.type === 'A' ? { ...response, rcode: 'NXDOMAIN', answer: [] } : response,
      'www.example.com',
      'SERVFAIL 12',
    ],
  ])('finds %s bogus', async (_what, edit, text, expected) => {
    const sim = world(edit);
    expect(await seen(sim, resolverIn(sim), text)).toBe(expected);
    const resolution = await ask(sim, resolverIn(sim), text);
    expect(resolution).toMatchObject({ kind: 'failure', cause: 'bogus', security: { kind: 'bogus' } });
  });

  it('tells by an Extended DNS Error that signatures are expired, and not yet valid', async () => {
    const late = world();
    late.clock.advance(60 * 86_400_000);
    expect(await seen(late, resolverIn(late), 'www.example.com')).toBe('SERVFAIL 7');
    const sim = world();
    const clock = {
      now: () => Date.UTC(2020, 0, 1),
      elapsed: () => sim.clock.elapsed(),
      sleep: (ms: number, signal?: AbortSignal) => sim.clock.sleep(ms, signal),
    };
    const { hints } = sim;
    const early = createResolver({ ...sim.world, clock }, { hints, trustAnchors: internet.anchors });
    expect(await seen(sim, early, 'www.example.com')).toBe('SERVFAIL 8');
  });

  it('gives bogus data to those who check it themselves, and says it is not authentic', async () => {
    const sim = world(forged);
    const resolver = resolverIn(sim);
    expect(await seen(sim, resolver, 'www.example.com', { checkingDisabled: true })).toBe('NOERROR');
    expect(await seen(sim, resolver, 'www.example.com')).toBe('SERVFAIL 6');
    expect(await seen(sim, resolver, 'www.example.com', { checkingDisabled: true })).toBe('NOERROR');
  });

  it('takes the right data from another server of the zone', async () => {
    const of = signedInternet(
      {
        ...zones,
        com: `${zones.com}\nexample NS ns2.example\nns2.example A 192.0.2.5`,
        'example.com': `${zones['example.com']}\n@ NS ns2\nns2 A 192.0.2.5`,
      },
      { unsigned: ['plain.com'] },
    );
    const sim = world(forged, of);
    sim.setServer('192.0.2.5', { serves: ['example.com'], edit: of.edit, rttMs: 50 });
    for (const name of ['www.example.com', 'alias.example.com', 'host.new.example.com']) {
      expect(await seen(sim, resolverIn(sim, { trustAnchors: of.anchors }), name)).toBe('NOERROR AD');
    }
  });

  it('is indeterminate where no trust anchor is, and insecure where one is put out of force', async () => {
    const sim = world();
    const elsewhere = parseTrustAnchors(`org. IN DS 1 13 2 ${'00'.repeat(32)}`);
    const unknown = await ask(sim, resolverIn(sim, { trustAnchors: elsewhere }), 'www.example.com');
    expect(unknown).toMatchObject({ kind: 'answer', security: { kind: 'indeterminate' } });
    const negative = { ...internet.anchors, insecure: [parseName('example.com')] };
    const forgedSim = world(forged);
    const resolver = resolverIn(forgedSim, { trustAnchors: negative });
    expect(await seen(forgedSim, resolver, 'www.example.com')).toBe('NOERROR');
  });

  it('says with the answer that no algorithm is known (RFC 8914 section 4.2)', async () => {
    const sim = world();
    const trustAnchors = parseTrustAnchors(`. IN DS 1 200 2 ${'00'.repeat(32)}`);
    expect(await seen(sim, resolverIn(sim, { trustAnchors }), 'www.example.com')).toBe('NOERROR 1');
    expect(await seen(sim, resolverIn(sim, { trustAnchors }), 'gone.example.com')).toBe('NXDOMAIN 1');
  });

  it('knows no security where nothing is validated', async () => {
    const sim = world();
    expect(await ask(sim, sim.resolver(), 'www.example.com')).toMatchObject({ security: null });
  });

  it('answers from cache without verifying or asking again', async () => {
    const sim = world();
    const resolver = resolverIn(sim);
    await ask(sim, resolver, 'www.example.com');
    sim.seen.length = 0;
    expect(await ask(sim, resolver, 'www.example.com')).toMatchObject({ security: { kind: 'secure' } });
    expect(asked(sim)).toEqual([]);
  });

  it('gives the SOA with the absence of a DS that a referral has proven before (RFC 2308 section 5)', async () => {
    const sim = world();
    const resolver = resolverIn(sim);
    await ask(sim, resolver, 'www.plain.com');
    const query = makeQuery(parseName('plain.com'), 'DS', { recursionDesired: true, dnssecOk: true });
    const response = await sim.clock.run(recursiveService(resolver)(query));
    const soa = response.authority.find(({ type }) => type === 'SOA');
    expect(response).toMatchObject({ rcode: 'NOERROR', authenticData: true, answer: [] });
    expect(soa?.owner).toBe('com.');
  });

  it('finds nothing bogus below a zone that is proven to be unsigned', async () => {
    const of = signedInternet(
      { ...zones, 'sub.plain.com': '@ NS ns\nns A 192.0.2.4\nwww A 198.51.100.3' },
      { unsigned: ['plain.com'] },
    );
    const sim = world(undefined, of);
    // Lame for plain.com, so that nobody can say whether there is a DS of the zone below it.
    sim.setServer('192.0.2.4', { serves: ['sub.plain.com'], edit: of.edit });
    expect(await seen(sim, resolverIn(sim, { trustAnchors: of.anchors }), 'www.sub.plain.com')).toBe(
      'NOERROR',
    );
  });

  it('takes the proven absence of a name for that of every name below it (RFC 8020)', async () => {
    const sim = world();
    const resolver = resolverIn(sim);
    await ask(sim, resolver, 'gone.example.com');
    sim.seen.length = 0;
    expect(await ask(sim, resolver, 'deep.below.gone.example.com')).toMatchObject({ kind: 'nxdomain' });
    expect(asked(sim)).toEqual([]);
  });

  it('keeps nothing for longer than its signatures hold (RFC 4035 section 5.3.3)', async () => {
    const sim = world();
    const expiryMs = Date.UTC(2026, 0, 30);
    sim.clock.advance(expiryMs - sim.clock.now() - 60_000);
    const resolution = await ask(sim, resolverIn(sim), 'www.example.com');
    expect(resolution).toMatchObject({ kind: 'answer', security: { kind: 'secure' } });
    expect(resolution.kind === 'answer' && resolution.ttlSeconds).toBeLessThanOrEqual(60);
  });

  it('ends at a limit when signatures are many and wrong (KeyTrap)', async () => {
    const many: Edit = response => {
      const signatures = response.answer.filter(({ type }) => type === 'RRSIG');
      const wrong = signatures.flatMap(record =>
        Array.from({ length: 60 }, (_, at) => {
          const words = record.data.split(' ');
          const broken = Buffer.alloc(64, at + 1).toString('base64');
          return { ...record, data: parseRdata('RRSIG', [...words.slice(0, 8), broken].join(' ')) };
        }),
      );
      return { ...response, answer: [...response.answer.filter(({ type }) => type !== 'RRSIG'), ...wrong] };
    };
    const sim = world(many);
    const resolution = await ask(sim, resolverIn(sim), 'www.example.com');
    expect(resolution).toMatchObject({ kind: 'failure', cause: 'bogus' });
    expect(resolution.limits.map(({ limit }) => limit)).toContain('maxValidations');
  });
});

describe('trust anchors', () => {
  it('of IANA are those of the root', () => {
    expect([...ianaTrustAnchors.anchors.keys()]).toEqual(['.']);
  });

  it.each(['', '. IN A 192.0.2.1', '. IN DS nonsense'])('are not %j', text => {
    expect(() => parseTrustAnchors(text)).toThrow(expect.objectContaining({ code: 'ZC_ZONEFILE' }));
  });
});
