import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { type Expectation, isHeldForLong } from './flow-names.ts';
import { sleep } from './journal.ts';

/** Questions a second, over all resolvers together. */
const rate = 200;
/** Milliseconds after which a question counts as not answered. It is never asked again: a lost answer shows. */
const patienceMs = 20_000;
const tickMs = 10;

/** An answer that is not what it must be. */
export interface Wrong {
  /** Milliseconds since the watch began. */
  readonly askedAtMs: number;
  readonly resolver: string;
  readonly question: string;
  readonly got: string;
}

/** What a watch saw. */
export interface Seen {
  readonly asked: number;
  readonly answered: number;
  readonly wrong: readonly Wrong[];
  /** Right answers without AD, where the resolvers were asked with DO: those that no chain of trust proves. */
  readonly unproven: readonly Wrong[];
  readonly seconds: number;
}

/** What was wrong, in a few lines: each kind of it with its number and the first of its instances. */
export function summaryOf(wrong: readonly Wrong[]): readonly string[] {
  const kindOf = ({ question, got }: Wrong): string => `${question}: ${got}`;
  return [...new Set(wrong.map(kindOf))].map(kind => {
    const all = wrong.filter(one => kindOf(one) === kind);
    return `${kind}, ${all.length} times, first from ${all[0]?.resolver} after ${all[0]?.askedAtMs} ms`;
  });
}

/** What a watch saw until now. */
export interface SoFar extends Pick<Seen, 'asked' | 'answered' | 'wrong' | 'unproven'> {
  /**
   * How many times every resolver answered every question with AD since it last gave an answer without; what caches hold for
   * longer than a flow lasts does not count.
   */
  readonly provenRounds: number;
}

/** Somebody who asks resolvers all the time. */
export interface FlowWatch {
  readonly soFar: SoFar;
  /** Ends it; resolves when every question is answered or given up. */
  stop(): Promise<Seen>;
}

/** Which questions are asked; `count` grows with each round. */
type Questions = (count: number) => readonly Expectation[];

/** What is demanded of an answer beside its records. */
export interface Demand {
  /** Validators must not refuse: a query with DO, whose answer is counted as wrong when the resolver finds it bogus. */
  readonly dnssecOk?: boolean;
}

/** Asks the resolvers at `addresses` in turn, 200 questions a second together. */
export async function watchFlow(
  addresses: readonly string[],
  questions: Questions,
  demand: Demand = {},
): Promise<FlowWatch> {
  const begun = performance.now();
  const wrong: Wrong[] = [];
  const unproven: Wrong[] = [];
  const report = (found: Wrong, isRight: boolean): void => {
    (isRight ? unproven : wrong).push(found);
  };
  const askers = await Promise.all(addresses.map(address => openAsker(address, report, begun, demand)));
  const soFar: SoFar = {
    get provenRounds() {
      return Math.min(...askers.map(asker => asker.counts.provenInARow)) / questions(0).length;
    },
    get asked() {
      return askers.reduce((sum, asker) => sum + asker.counts.asked, 0);
    },
    get answered() {
      return askers.reduce((sum, asker) => sum + asker.counts.answered, 0);
    },
    wrong,
    unproven,
  };
  let stopped = false;
  const loop = (async () => {
    const streams = askers.map((_, at) => streamOf(questions, at));
    for (let sent = 0; !stopped; await sleep(tickMs)) {
      const due = ((performance.now() - begun) / 1000) * rate;
      for (; sent < due; sent += 1) {
        const at = sent % askers.length;
        const next = streams[at]?.next().value;
        if (next !== undefined) askers[at]?.ask(next);
      }
    }
  })();
  const end = async (): Promise<Seen> => {
    stopped = true;
    await loop;
    await Promise.all(askers.map(asker => asker.end()));
    const { asked, answered } = soFar;
    return {
      asked,
      answered,
      wrong: [...wrong],
      unproven: [...unproven],
      seconds: (performance.now() - begun) / 1000,
    };
  };
  let ending: Promise<Seen> | null = null;
  return {
    soFar,
    stop: () => {
      ending ??= end();
      return ending;
    },
  };
}

/** Round after round of the questions; each asker begins elsewhere. */
function* streamOf(questions: Questions, first: number): Generator<Expectation, never> {
  for (let count = first * 1_000_000; ; count += 1) {
    const round = questions(count);
    for (let at = 0; at < round.length; at += 1) {
      const next = round[(at + first * 5) % round.length];
      if (next !== undefined) yield next;
    }
  }
}

interface Open {
  readonly expectation: Expectation;
  readonly askedAt: number;
}

interface Asker {
  readonly counts: { readonly asked: number; readonly answered: number; readonly provenInARow: number };
  ask(expectation: Expectation): void;
  end(): Promise<void>;
}

async function openAsker(
  address: string,
  report: (found: Wrong, isRight: boolean) => void,
  begun: number,
  demand: Demand,
): Promise<Asker> {
  const socket = createSocket('udp4');
  socket.connect(53, address);
  await once(socket, 'connect');
  const open = new Map<number, Open>();
  const counts = { asked: 0, answered: 0, provenInARow: 0 };
  const complain = ({ expectation, askedAt }: Open, got: string, isRight: boolean): void => {
    const question = `${expectation.name} ${expectation.type}`;
    report({ askedAtMs: Math.round(askedAt - begun), resolver: address, question, got }, isRight);
  };
  socket.on('error', () => {
    // Nobody listens for a moment: the questions that are open go without an answer, and count.
  });
  socket.on('message', octets => {
    const message = decodeMessage(octets);
    const asked = open.get(message.id);
    if (asked === undefined || message.questions[0]?.name !== asked.expectation.name) return;
    open.delete(message.id);
    counts.answered += 1;
    const fault = faultOf(message, asked.expectation);
    if (message.authenticData) counts.provenInARow += 1;
    else if (!isHeldForLong(asked.expectation.name)) counts.provenInARow = 0;
    if (fault !== null) complain(asked, fault, false);
    else if (demand.dnssecOk === true && !message.authenticData) complain(asked, 'without AD', true);
  });
  const giveUp = (olderThanMs: number): void => {
    for (const [id, asked] of open) {
      if (performance.now() - asked.askedAt > olderThanMs) {
        open.delete(id);
        complain(asked, `no answer within ${patienceMs} ms`, false);
      }
    }
  };
  return {
    counts,
    ask: expectation => {
      giveUp(patienceMs);
      const id = counts.asked % 65_536;
      counts.asked += 1;
      open.set(id, { expectation, askedAt: performance.now() });
      socket.send(questionOf(expectation, id, demand));
    },
    end: async () => {
      const until = performance.now() + patienceMs;
      while (open.size > 0 && performance.now() < until) await sleep(tickMs);
      giveUp(0);
      await closed(socket);
    },
  };
}

function questionOf({ name, type }: Expectation, id: number, { dnssecOk = false }: Demand): Uint8Array {
  return encodeMessage(makeQuery(parseName(name), type, { id, recursionDesired: true, dnssecOk }));
}

/** What is wrong with an answer; null when nothing is. */
function faultOf({ rcode, answer }: Message, expectation: Expectation): string | null {
  if (rcode !== 'NOERROR') return rcode;
  const got = answer
    .filter(record => record.type !== 'RRSIG')
    .map(({ owner, type, data }) => `${owner} ${type} ${data}`)
    .sort();
  if (got.join('\n') === expectation.answer.join('\n')) return null;
  return got.length === 0 ? 'NODATA' : got.join(' | ');
}

async function closed(socket: Socket): Promise<void> {
  const done = once(socket, 'close');
  socket.close();
  await done;
}
