import { parseName } from '../../../src/dns/name.ts';
import { traceName } from '../../../src/resolver/trace.ts';
import { signedInternet } from '../signed.ts';
import { type Sim, type SimPlan, type SimServer, simulate } from '../sim.ts';
import { felt } from './client.ts';
import { type Attack, checkAttacks, type Felt } from './table.ts';
import { lines, withCom } from './zones.ts';

/** A name with ten labels, each of which costs a minimised query. */
const deep = 'a.b.c.d.e.f.g.h.i.j';
const hops = 11;

/** Zones l0 to l11, each with four servers that cannot be found and one that can, and an alias to a deep name in the next. */
function campZones(): { readonly com: string; readonly zones: Record<string, string> } {
  const servers = (at: number): string =>
    `${lines(4, n => `l${at} NS ns.dead${n}-${at}.net.`)}\nl${at} NS ns.l${at}\nns.l${at} A 192.0.2.50`;
  const zones = Array.from({ length: hops + 1 }, (_, at) => [
    `l${at}.com`,
    `@ NS ns\nns A 192.0.2.50\n${deep} ${at === hops ? 'A 198.51.100.1' : `CNAME ${deep}.l${at + 1}.com.`}`,
  ]);
  return { com: lines(hops + 1, servers), zones: Object.fromEntries(zones) };
}

/** Serves zones and loses every whole question once, so that it is asked again. */
function forgetful(serves: readonly string[], edit: NonNullable<SimServer['edit']>): SimServer {
  const asked = new Set<string>();
  return {
    serves,
    edit: (response, query, protocol) => {
      const [question] = query.questions;
      const key = JSON.stringify(question);
      if (question?.name.startsWith(deep) && !asked.has(key)) {
        asked.add(key);
        return null;
      }
      return edit(response, query, protocol);
    },
  };
}

async function camp(): Promise<Felt> {
  const { com, zones } = campZones();
  const sim = simulate(
    withCom(com, zones, { '192.0.2.50': forgetful(Object.keys(zones), response => response) }),
  );
  return await felt(sim, sim.resolver({ limits: { totalTimeoutMs: 1e6 } }), `${deep}.l0.com`);
}

/** The same with every zone signed, and with a last one whose data is bogus, so that all is asked for anew. */
async function signedCamp(): Promise<Felt> {
  const { com, zones } = campZones();
  const internet = signedInternet({
    '.': '@ NS r0.root.\ncom NS a.gtld.com.\na.gtld.com. A 192.0.2.2\nnet NS a.gtld.com.',
    com: `@ NS a.gtld\na.gtld A 192.0.2.2\n${com}`,
    net: '@ NS a.gtld.com.',
    ...zones,
  });
  const bogus: NonNullable<SimServer['edit']> = (response, query, protocol) => {
    const signed = internet.edit(response, query, protocol);
    return signed === null
      ? null
      : { ...signed, answer: signed.answer.map(record => ({ ...record, ttl: record.ttl + 1 })) };
  };
  const sim = simulate({
    zones: internet.zones,
    servers: {
      '192.0.2.1': { serves: ['.'], edit: internet.edit },
      '192.0.2.2': { serves: ['com', 'net'], edit: internet.edit },
      '192.0.2.50': forgetful(Object.keys(zones), bogus),
    },
  });
  const resolver = sim.resolver({ trustAnchors: internet.anchors, limits: { totalTimeoutMs: 1e6 } });
  return await felt(sim, resolver, `${deep}.l0.com`);
}

/** 39 addresses, and the servers at them, which answer everything with `rcode`. */
const failing = Array.from({ length: 39 }, (_, at) => `192.0.2.${100 + at}`);
function failingServers(rcode: string): SimPlan['servers'] {
  const server: SimServer = { edit: response => ({ ...response, rcode }) };
  return Object.fromEntries(failing.map(address => [address, server]));
}

/** Lines that delegate `zone` of com to all of them. */
function toFailing(zone: string): string {
  return lines(39, at => `${zone} NS ns${at % 13}.${zone}\nns${at % 13}.${zone} A ${failing[at] ?? ''}`);
}

async function errors(rcode: string): Promise<Felt> {
  const sim = simulate(withCom(toFailing('err'), {}, failingServers(rcode)));
  return await felt(sim, sim.resolver(), `${deep}.err.com`);
}

/** A zone with 13 servers, each named in a zone of its own at whose 39 addresses there are errors only. */
function fanOut(): Sim {
  const com = lines(12, at => `wide NS ${deep}.w${at}.com.\n${toFailing(`w${at}`)}`);
  return simulate(
    withCom(
      `${com}\nwide NS ns.wide\nns.wide A 192.0.2.20`,
      { 'wide.com': '@ NS ns\nwww A 198.51.100.1' },
      { ...failingServers('FORMERR'), '192.0.2.20': 'wide.com' },
    ),
  );
}

async function ofQuestion(): Promise<Felt> {
  const sim = fanOut();
  return await felt(sim, sim.resolver(), 'www.wide.com');
}

async function ofTrace(): Promise<Felt> {
  const sim = fanOut();
  const trace = await sim.clock.run(
    traceName(sim.world, { name: parseName('www.wide.com'), type: 'A' }, { hints: sim.hints }),
  );
  const fired = [...new Set(trace.limits.map(({ limit }) => limit))];
  return { packets: sim.seen.length, outcome: `a trace that ends with ${trace.outcome.kind}`, fired };
}

async function ofZone(): Promise<Felt> {
  const sim = fanOut();
  const cut = await sim.clock.run(sim.resolver().zoneOf(parseName('www.wide.com')));
  const fired = cut.limits.map(({ limit }) => limit);
  return { packets: sim.seen.length, outcome: `a ${cut.kind}`, fired };
}

const attacks: readonly Attack[] = [
  {
    name: 'CAMP',
    sends:
      'eleven aliases from zone to zone, each to a name of ten labels, four of five servers in other zones that do not exist, the first packet of each question lost',
    stoppedBy: '`maxQueries`, which aliases, look-ups, minimised names and retries share',
    most: 200,
    run: camp,
  },
  {
    name: 'CAMP with DNSSEC (CVE-2026-50045)',
    sends: 'the same, all zones signed, the data bogus, so that keys are fetched and all is asked for anew',
    stoppedBy: '`maxQueries`, which fetching keys and asking anew share',
    most: 200,
    run: signedCamp,
  },
  {
    name: 'servers that fail, SERVFAIL',
    sends: '39 addresses of 13 servers that all answer SERVFAIL',
    stoppedBy: 'each address is asked once, and there are 40 at most',
    most: 50,
    run: () => errors('SERVFAIL'),
  },
  {
    name: 'servers that fail, FORMERR',
    sends: 'the same with FORMERR, after which a server is asked again without EDNS',
    stoppedBy: '`maxQueriesPerName`',
    most: 50,
    run: () => errors('FORMERR'),
  },
  {
    name: 'fan-out',
    sends:
      'a zone with one good server and 12 that are each named in a zone of its own whose 39 addresses answer FORMERR',
    stoppedBy: 'who answers is asked, and nobody looked up beside',
    most: 200,
    run: ofQuestion,
  },
  {
    name: 'fan-out against a trace',
    sends: 'the same',
    stoppedBy: '`maxTraceQueries`, and the 26 look-ups that are under way',
    most: 500 + 26 * 2,
    run: ofTrace,
  },
  {
    name: 'fan-out against the search for a zone',
    sends: 'the same',
    stoppedBy: '`maxQueries`, and the 26 look-ups that are under way',
    most: 200 + 26 * 2,
    run: ofZone,
  },
];

checkAttacks('Amplification', attacks);
