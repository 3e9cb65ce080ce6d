import { type Message, makeQuery } from '../../../src/dns/message.ts';
import type { Endpoint, Transport } from '../../../src/world/world.ts';
import type { Asking } from './questions.ts';

/** What a resolver says to a question, as far as it is compared. */
export interface Said {
  /** `timeout` when nothing came. */
  readonly rcode: string;
  /** The AD bit; false when validation is not asked for, as what was validated for others may be said to be so or not. */
  readonly authentic: boolean;
  /** Lines of owner, type and data, sorted; none when the resolver fails. */
  readonly answer: readonly string[];
  /** The zone that a negative answer speaks for: the owner of its SOA. */
  readonly soa: string | null;
  readonly ms: number;
  /** Extended DNS Errors, for people. */
  readonly errors: readonly string[];
}

/**
 * Milliseconds that an answer is waited for, try by try, as clients ask again. In all it is longer than each resolver tries;
 * Unbound says nothing at all to a query when it has an answer only after two seconds.
 */
const patienceMs: readonly number[] = [3000, 12_000, 15_000];

/** What is asked. */
export type Question = Pick<Asking, 'name' | 'type' | 'dnssecOk' | 'checkingDisabled'>;

/** Asks a resolver, and over TCP what does not fit into UDP. */
export async function ask(transport: Transport, server: Endpoint, question: Question): Promise<Said> {
  const { name, type, dnssecOk, checkingDisabled } = question;
  const asks = makeQuery(name, type, { recursionDesired: true, dnssecOk, checkingDisabled });
  const query: Message = { ...asks, authenticData: true };
  const began = performance.now();
  let exchange = await transport.exchange(query, server, { timeoutMs: patienceMs[0] ?? 1 });
  for (const timeoutMs of patienceMs.slice(1)) {
    if (exchange.kind !== 'timeout') break;
    exchange = await transport.exchange(query, server, { timeoutMs });
  }
  if (exchange.kind === 'response' && exchange.message.truncated) {
    exchange = await transport.exchange(query, server, { timeoutMs: patienceMs[0] ?? 1, protocol: 'tcp' });
  }
  const ms = Math.round(performance.now() - began);
  return exchange.kind === 'response'
    ? { ...saidIn(exchange.message, question), ms }
    : { rcode: exchange.kind, authentic: false, answer: [], soa: null, errors: [], ms };
}

function saidIn(message: Message, { checkingDisabled }: Question): Omit<Said, 'ms'> {
  const { rcode, authenticData, answer, authority } = message;
  const failed = rcode === 'SERVFAIL';
  const lines = answer.map(({ owner, type, data }) => `${owner} ${type} ${data}`);
  return {
    rcode,
    authentic: authenticData && !checkingDisabled,
    answer: failed ? [] : [...new Set(lines)].sort(),
    soa: failed ? null : (authority.find(({ type }) => type === 'SOA')?.owner ?? null),
    errors: (message.edns?.options ?? [])
      .filter(({ code }) => code === 15)
      .map(
        ({ data }) =>
          `${((data[0] ?? 0) << 8) | (data[1] ?? 0)} ${Buffer.from(data.subarray(2)).toString('utf8')}`,
      ),
  };
}

/** Whether two resolvers say the same. */
export function isSame(a: Said, b: Said): boolean {
  return (
    a.rcode === b.rcode &&
    a.authentic === b.authentic &&
    a.soa === b.soa &&
    a.answer.length === b.answer.length &&
    a.answer.every((line, at) => line === b.answer[at])
  );
}

/** Runs `work` on every item, `width` at a time, in order. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
