import type { Message, Rcode } from '../../dns/message.ts';
import { makeQuery } from '../../dns/message.ts';
import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { type Transfer, TransferReader, type TransferStep } from '../../dns/transfer.ts';
import { signTsigRequest, type TsigVerdict, verifyTsigResponse } from '../../dns/tsig.ts';
import { type TsigStreamVerdict, TsigStreamVerifier } from '../../dns/tsig-stream.ts';
import { decodeMessage, encodeMessage } from '../../dns/wire.ts';
import { messageOf, type ZonecutError } from '../../error.ts';
import type { Conversation, World } from '../../world/world.ts';
import { type Attempt, type Caller, createCaller, type Outcome } from '../caller.ts';
import type { Pace } from '../pacer.ts';
import type { Rfc2136Settings } from './settings.ts';

/** Far more than a plan needs, and little for a name server. */
const pace: Pace = { kind: 'bucket', burst: 50, perSecond: 50 };

/** Tries of one request: a server of one's own is there or is not, and nobody throttles. */
const maxRequestTries = 6;

/** What an answer says. */
export interface Answer {
  readonly rcode: Rcode;
  readonly message: Message;
  /** `nobody`: it has no signature, as some servers refuse. Then `rcode` is no NOERROR. */
  readonly signedBy: 'key' | 'nobody';
}

/** A transfer that the server did not begin. */
export interface RefusedTransfer {
  readonly refused: Rcode;
  readonly signedBy: Answer['signedBy'];
}

/** A zone as it was transferred. */
export interface TransferredZone {
  readonly serial: number;
  /** As they came: signatures and proofs of absence too. */
  readonly rrsets: readonly RRset[];
}

/** A primary name server that is spoken to with a key, over TCP: every request and every answer is signed (RFC 8945). */
export interface PrimaryServer {
  readonly caller: Caller;
  readonly settings: Rfc2136Settings;
  /** Asks `name type`; the response code is for the caller to read. */
  ask(name: Name, type: string, signal?: AbortSignal): Promise<Answer>;
  /** As `ask`, without the key: what anybody is told. */
  askPlainly(name: Name, type: string, signal?: AbortSignal): Promise<Answer>;
  /** Transfers a zone whole; a response code when the server gives none. */
  transfer(apex: Name, signal?: AbortSignal): Promise<TransferredZone | RefusedTransfer>;
  /** Sends an UPDATE once; `lost` when nobody knows what became of it. */
  update(message: Message, signal?: AbortSignal): Promise<Outcome<Answer>>;
}

/** The server of the settings; nothing is sent yet. */
export function createPrimaryServer(world: World, settings: Rfc2136Settings): PrimaryServer {
  const { address, port } = settings.server;
  const host = `the name server ${address.includes(':') ? `[${address}]` : address}:${port}`;
  const caller = createCaller(world, {
    host,
    pace,
    attempts: maxRequestTries,
    secrets: [settings.key.secret],
  });
  const wire: Wire = { world, settings, caller };
  return {
    caller,
    settings,
    ask: (name, type, signal) =>
      caller.ask(`${name} ${type}`, () => exchangeOnce(wire, makeQuery(name, type), signal), signal),
    askPlainly: (name, type, signal) =>
      caller.ask(`${name} ${type}`, () => askPlainlyOnce(wire, makeQuery(name, type), signal), signal),
    transfer: (apex, signal) =>
      caller.ask(`the transfer of ${apex}`, () => transferOnce(wire, apex, signal), signal),
    update: (message, signal) =>
      caller.call({ name: 'UPDATE', repeatable: false, signal }, () => exchangeOnce(wire, message, signal)),
  };
}

interface Wire {
  readonly world: World;
  readonly settings: Rfc2136Settings;
  readonly caller: Caller;
}

interface SignedRequest {
  readonly octets: Uint8Array;
  readonly id: number;
  readonly mac: Uint8Array;
}

function signed({ world, settings }: Wire, message: Message): SignedRequest {
  const id = world.random.below(65_536);
  const octets = encodeMessage({ ...message, id });
  return { id, ...signTsigRequest(octets, settings.key, { nowSeconds: nowSeconds(world) }) };
}

function nowSeconds(world: World): number {
  return Math.floor(world.clock.now() / 1000);
}

const idOf = (octets: Uint8Array): number => ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);

async function exchangeOnce(
  wire: Wire,
  message: Message,
  signal: AbortSignal | undefined,
): Promise<Attempt<Answer>> {
  const { world, settings } = wire;
  const request = signed(wire, message);
  let answer: Attempt<Answer> | null = null;
  const conversation = await world.streams.converse(
    request.octets,
    settings.server,
    octets => {
      if (idOf(octets) !== request.id) return 'more';
      answer = answerOf(wire, message, octets, request.mac);
      return 'enough';
    },
    { timeoutMs: settings.timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );
  return answer ?? attemptOf(conversation);
}

/** What a conversation that brought no answer means. */
function attemptOf(conversation: Conversation): Exclude<Attempt<never>, { readonly kind: 'done' }> {
  switch (conversation.kind) {
    case 'unreachable':
      return { kind: 'unsent', problem: `cannot be reached (${conversation.reason})` };
    case 'timeout':
      return conversation.sent
        ? { kind: 'lost', problem: `no answer within ${conversation.afterMs} ms` }
        : { kind: 'unsent', problem: `no connection within ${conversation.afterMs} ms` };
    case 'broken':
      return { kind: 'lost', problem: `the connection broke (${conversation.reason})` };
    case 'over':
      return { kind: 'unreadable', problem: 'the answer is not complete' };
  }
}

/**
 * Reads the one message of an answer. Throws what the server or its clock says against the key; except that BADKEY to an
 * UPDATE is for the caller: it is how Knot DNS says to a good key that no rule lets it write.
 */
function answerOf(wire: Wire, request: Message, octets: Uint8Array, mac: Uint8Array): Attempt<Answer> {
  const { key } = wire.settings;
  const verdict = verifyTsigResponse(octets, key, mac, { nowSeconds: nowSeconds(wire.world) });
  if (request.opcode === 'UPDATE' && verdict.kind === 'rejected' && verdict.error === 'BADKEY') {
    return { kind: 'done', value: { rcode: 'BADKEY', message: request, signedBy: 'nobody' } };
  }
  const problem = signatureProblem(wire, verdict);
  if (problem !== null) return problem;
  if (verdict.kind === 'verified') return readAnswer(verdict.message, 'key');
  const unsigned = readAnswer(octets, 'nobody');
  return unsigned.kind === 'done' && unsigned.value.rcode === 'NOERROR'
    ? { kind: 'unreadable', problem: 'the answer is not signed' }
    : unsigned;
}

function readAnswer(octets: Uint8Array, signedBy: Answer['signedBy']): Attempt<Answer> {
  try {
    const message = decodeMessage(octets);
    if (message.rcode === 'SERVFAIL') return { kind: 'lost', problem: 'the server answered SERVFAIL' };
    return { kind: 'done', value: { rcode: message.rcode, message, signedBy } };
  } catch (error) {
    return { kind: 'unreadable', problem: messageOf(error) };
  }
}

/** Null for a signature that holds, for none, and for one that a later message of a stream will vouch for. */
function signatureProblem(wire: Wire, verdict: TsigVerdict | TsigStreamVerdict): Attempt<never> | null {
  const { caller, world, settings } = wire;
  const { name, algorithm } = settings.key;
  switch (verdict.kind) {
    case 'pending':
      return null;
    case 'verified': {
      if (verdict.peerError === 'NOERROR') return null;
      const theirs = verdict.peerTimeSeconds;
      throw theirs === null
        ? caller.fault(
            'ZC_CREDENTIALS',
            `the signature with the key ${name} is refused (${verdict.peerError})`,
            'Give the key the algorithm that the server has for it, its length included.',
          )
        : clockFault(wire, Math.round(theirs - world.clock.now() / 1000));
    }
    case 'rejected':
      throw caller.fault(
        'ZC_CREDENTIALS',
        verdict.error === 'BADKEY'
          ? `it knows no key ${name} for ${algorithm} (BADKEY)`
          : `it has another secret for the key ${name} (${verdict.error})`,
        'Compare name, algorithm and secret of the key with those in the configuration of the server.',
      );
    case 'failed':
      if (verdict.error === 'BADTIME' && verdict.record !== null) {
        throw clockFault(wire, verdict.record.signedAtSeconds - nowSeconds(world));
      }
      return { kind: 'unreadable', problem: `the signature of the answer does not hold: ${verdict.problem}` };
    case 'unsigned':
      return null;
  }
}

function clockFault({ caller }: Wire, ahead: number): ZonecutError {
  return caller.fault(
    'ZC_CREDENTIALS',
    `its clock is ${Math.abs(ahead)} s ${ahead < 0 ? 'behind' : 'ahead of'} this machine's, and a signature holds for 300 s (BADTIME)`,
    'Set the clocks of both machines right, by NTP.',
  );
}

/** Asks as any client may. */
async function askPlainlyOnce(
  { world, settings }: Wire,
  message: Message,
  signal: AbortSignal | undefined,
): Promise<Attempt<Answer>> {
  const id = world.random.below(65_536);
  let answer: Attempt<Answer> | null = null;
  const conversation = await world.streams.converse(
    encodeMessage({ ...message, id }),
    settings.server,
    octets => {
      if (idOf(octets) !== id) return 'more';
      answer = readAnswer(octets, 'nobody');
      return 'enough';
    },
    { timeoutMs: settings.timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );
  return answer ?? attemptOf(conversation);
}

async function transferOnce(
  wire: Wire,
  apex: Name,
  signal: AbortSignal | undefined,
): Promise<Attempt<TransferredZone | RefusedTransfer>> {
  const { world, settings } = wire;
  const request = signed(wire, makeQuery(apex, 'AXFR', { udpSize: null }));
  const verifier = new TsigStreamVerifier(settings.key, request.mac);
  const reader = new TransferReader({ kind: 'axfr', apex });
  let problem: Attempt<TransferredZone | RefusedTransfer> | null = null;
  let last: TransferStep = { kind: 'more' };
  let messages = 0;
  const conversation = await world.streams.converse(
    request.octets,
    settings.server,
    octets => {
      messages += 1;
      problem = messages === 1 ? refusalOf(octets) : null;
      if (problem !== null) return 'enough';
      const verdict = verifier.feed(octets, nowSeconds(world));
      problem = signatureProblem(wire, verdict);
      if (problem !== null || (verdict.kind !== 'verified' && verdict.kind !== 'pending')) return 'enough';
      last = feed(reader, verdict.message);
      return last.kind === 'more' ? 'more' : 'enough';
    },
    { timeoutMs: settings.timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );
  return (
    problem ?? (conversation.kind === 'over' ? transferred(wire, last, verifier) : attemptOf(conversation))
  );
}

/** The refusal of a transfer without a signature; null for every other message. */
function refusalOf(octets: Uint8Array): Attempt<RefusedTransfer> | null {
  const answer = readAnswer(octets, 'nobody');
  if (answer.kind !== 'done') return null;
  const { message, rcode } = answer.value;
  return rcode === 'NOERROR' || message.additional.some(record => record.type === 'TSIG')
    ? null
    : { kind: 'done', value: { refused: rcode, signedBy: 'nobody' } };
}

function feed(reader: TransferReader, octets: Uint8Array): TransferStep {
  try {
    return reader.feed(decodeMessage(octets));
  } catch (error) {
    return { kind: 'failed', fault: 'message', problem: messageOf(error), rcode: null };
  }
}

function transferred(
  wire: Wire,
  step: TransferStep,
  verifier: TsigStreamVerifier,
): Attempt<TransferredZone | RefusedTransfer> {
  const loose = verifier.end();
  if (loose !== null) return { kind: 'unreadable', problem: loose.problem };
  if (step.kind === 'failed') {
    if (step.fault === 'limit') {
      throw wire.caller.fault('ZC_LIMIT', `the transfer has ${step.problem}`);
    }
    if (step.rcode === null) return { kind: 'unreadable', problem: step.problem };
    return step.rcode === 'SERVFAIL'
      ? { kind: 'lost', problem: step.problem }
      : { kind: 'done', value: { refused: step.rcode, signedBy: 'key' } };
  }
  return step.kind === 'done' && isZone(step.transfer)
    ? { kind: 'done', value: step.transfer }
    : { kind: 'unreadable', problem: 'the transfer is not complete' };
}

const isZone = (transfer: Transfer): transfer is Extract<Transfer, { readonly kind: 'zone' }> =>
  transfer.kind === 'zone';
