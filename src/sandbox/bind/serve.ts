import { respond } from '../../authority/authority.ts';
import { rcodeNumber } from '../../dns/iana.ts';
import { type Message, makeResponse, type Rcode } from '../../dns/message.ts';
import { isAtOrBelow, rootName } from '../../dns/name.ts';
import { type ResourceRecord, recordsOf } from '../../dns/rrset.ts';
import { signTsigResponse, type TsigVerified, tsigErrorResponse, verifyTsigRequest } from '../../dns/tsig.ts';
import { TsigStreamSigner } from '../../dns/tsig-stream.ts';
import { readUpdate, type Update } from '../../dns/update.ts';
import { applyUpdate } from '../../dns/update-apply.ts';
import { decodeMessage, encodeMessage } from '../../dns/wire.ts';
import { rrsetAt, soaRRset, type Zone } from '../../dns/zone.ts';
import { isZonecutError } from '../../error.ts';
import type { Messages } from '../../world/client.ts';
import type { FaultKind } from '../faults.ts';
import { renewed, type ServerState } from './state.ts';

/** Records in one message of a transfer: few, so that even small zones take several messages. */
const recordsOfOneMessage = 50;

/** Of the messages of a transfer the first, the last and every tenth are signed (RFC 8945 section 5.3.1 allows fewer). */
const signEvery = 10;

/** What a request is called in the rules for faults and in the log. */
type Operation = 'UPDATE' | 'AXFR' | 'QUERY';

/** An answer on its way: its messages, signed, and its response code. */
interface Answer {
  readonly messages: readonly Uint8Array[];
  readonly rcode: Rcode;
}

/** Serves the octets of one request: null for silence. */
export async function serveRequest(state: ServerState, octets: Uint8Array): Promise<Messages | null> {
  const request = readRequest(octets);
  if (request === null) return { messages: [], after: 'close' };
  const operation = operationOf(request);
  const { faults } = state.deps;
  const { edits, fault } = faults.meet('rfc2136', operation);
  for (const rule of edits) await rule.edit?.();
  const answer = isBefore(fault?.kind ?? null) ? null : answerTo(state, octets, request, operation);
  faults.note({
    api: 'rfc2136',
    operation,
    method: 'TCP',
    path: request.questions[0]?.name ?? rootName,
    fault: fault?.kind ?? null,
    status: answer === null ? null : rcodeNumber(answer.rcode),
  });
  return spoil(state, octets, request, answer, fault?.kind ?? null);
}

function readRequest(octets: Uint8Array): Message | null {
  try {
    const message = decodeMessage(octets);
    return message.response ? null : message;
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}

function operationOf(request: Message): Operation {
  if (request.opcode === 'UPDATE') return 'UPDATE';
  return request.questions[0]?.type === 'AXFR' ? 'AXFR' : 'QUERY';
}

function isBefore(kind: FaultKind | null): boolean {
  return (
    kind === 'throttle' || kind === 'error-before' || kind === 'timeout-before' || kind === 'reset-before'
  );
}

function spoil(
  state: ServerState,
  octets: Uint8Array,
  request: Message,
  answer: Answer | null,
  kind: FaultKind | null,
): Messages | null {
  switch (kind) {
    // A server whose clients are too many closes their connections.
    case 'throttle':
    case 'reset-before':
    case 'reset-after':
      return { messages: [], after: 'close' };
    case 'error-before':
    case 'error-after':
      return { messages: signedOrNot(state, octets, makeResponse(request, 'SERVFAIL')), after: 'keep' };
    case 'timeout-before':
    case 'timeout-after':
      return null;
    case 'truncate':
      return { messages: answer?.messages.slice(0, -1) ?? [], after: 'close' };
    case 'malformed':
      return { messages: [spoiled(octets)], after: 'keep' };
    default:
      return { messages: answer?.messages ?? [], after: 'keep' };
  }
}

/** A header that promises records, and nothing behind it. */
function spoiled(octets: Uint8Array): Uint8Array {
  return Uint8Array.from([octets[0] ?? 0, octets[1] ?? 0, 0x84, 0, 0, 1, 0, 9, 0, 0, 0, 0, 3]);
}

function nowSeconds(state: ServerState): number {
  return Math.floor(state.deps.clock.now() / 1000) + state.clockAheadSeconds;
}

function verdictOf(state: ServerState, octets: Uint8Array): ReturnType<typeof verifyTsigRequest> {
  return verifyTsigRequest(
    octets,
    state.keys.map(({ key }) => key),
    { nowSeconds: nowSeconds(state) },
  );
}

function signedOrNot(state: ServerState, octets: Uint8Array, response: Message): readonly Uint8Array[] {
  const verdict = verdictOf(state, octets);
  const plain = encodeMessage(response);
  return verdict.kind === 'verified' ? [signed(state, plain, verdict)] : [plain];
}

function signed(state: ServerState, octets: Uint8Array, by: TsigVerified): Uint8Array {
  return signTsigResponse(octets, by.key, by.mac, { nowSeconds: nowSeconds(state) }).octets;
}

function answerTo(state: ServerState, octets: Uint8Array, request: Message, operation: Operation): Answer {
  const verdict = verdictOf(state, octets);
  if (verdict.kind === 'failed') {
    const refusal = encodeMessage({ ...makeResponse(request, verdict.rcode), edns: null });
    const messages = [tsigErrorResponse(refusal, verdict, { nowSeconds: nowSeconds(state) })];
    return { messages, rcode: verdict.rcode };
  }
  if (verdict.kind !== 'verified') {
    const response = operation === 'QUERY' ? respond(state, request) : makeResponse(request, 'REFUSED');
    return { messages: [encodeMessage(response)], rcode: response.rcode };
  }
  const message = decodeMessage(verdict.message);
  if (operation === 'AXFR') return transfer(state, message, verdict);
  const response = operation === 'UPDATE' ? update(state, message, verdict) : respond(state, message);
  return { messages: [signed(state, encodeMessage(response), verdict)], rcode: response.rcode };
}

function update(state: ServerState, message: Message, by: TsigVerified): Message {
  const read = readUpdate(message);
  if (read.kind === 'refused') return makeResponse(message, read.rcode);
  const zone = state.zones.get(read.update.zone);
  if (zone === undefined) return makeResponse(message, 'NOTAUTH');
  if (state.frozen.has(zone.apex) || !mayUpdate(state, read.update, by))
    return makeResponse(message, 'REFUSED');
  const applied = applyUpdate(zone, read.update);
  if (applied.kind === 'refused') return makeResponse(message, applied.rcode);
  const whole = withoutOrphans(applied.zone);
  if (applied.changed && !sameSets(zone, whole)) state.publish(whole);
  return makeResponse(message);
}

/** A policy is looked at for every owner that the update names, before its prerequisites. */
function mayUpdate(state: ServerState, wanted: Update, by: TsigVerified): boolean {
  const granted = state.keys.find(({ key }) => key.name === by.key.name)?.updates;
  return (
    granted === undefined ||
    wanted.changes.every(change => {
      const owner = 'rrset' in change ? change.rrset.owner : change.owner;
      return granted.some(name => isAtOrBelow(owner, name));
    })
  );
}

/** BIND takes DS away, and does not take it, where there is no NS. */
function withoutOrphans(zone: Zone): Zone {
  const orphans = zone.rrsets.filter(set => set.type === 'DS' && rrsetAt(zone, set.owner, 'NS') === null);
  return orphans.length === 0
    ? zone
    : renewed(
        zone,
        zone.rrsets.filter(set => !orphans.includes(set)),
      );
}

function sameSets(a: Zone, b: Zone): boolean {
  const lines = (zone: Zone): string =>
    zone.rrsets
      .filter(set => set.type !== 'SOA')
      .map(set => `${set.owner} ${set.ttl} ${set.type} ${set.data.join(' ')}`)
      .sort()
      .join('\n');
  return lines(a) === lines(b);
}

function transfer(state: ServerState, query: Message, by: TsigVerified): Answer {
  const apex = query.questions[0]?.name ?? rootName;
  const zone = state.zones.get(apex);
  const allowed = state.keys.find(({ key }) => key.name === by.key.name)?.transfers;
  const rcode = zone === undefined ? 'NOTAUTH' : (allowed?.includes(apex) ?? true) ? 'NOERROR' : 'REFUSED';
  if (zone === undefined || rcode !== 'NOERROR') {
    return { messages: [signed(state, encodeMessage(makeResponse(query, rcode)), by)], rcode };
  }
  const soa = recordsOf(soaRRset(zone));
  const others = zone.rrsets.filter(({ type }) => type !== 'SOA').flatMap(recordsOf);
  return { messages: stream(state, query, [...soa, ...others, ...soa], by), rcode };
}

function stream(
  state: ServerState,
  query: Message,
  records: readonly ResourceRecord[],
  by: TsigVerified,
): readonly Uint8Array[] {
  const signer = new TsigStreamSigner(by.key, by.mac);
  const options = { nowSeconds: nowSeconds(state) };
  const messages: Uint8Array[] = [];
  for (let at = 0; at < records.length; at += recordsOfOneMessage) {
    const answer = records.slice(at, at + recordsOfOneMessage);
    const octets = encodeMessage({ ...makeResponse(query), authoritative: true, edns: null, answer });
    const isLast = at + recordsOfOneMessage >= records.length;
    const signsIt = isLast || messages.length % signEvery === 0;
    messages.push(signsIt ? signer.sign(octets, options) : signer.pass(octets, options));
  }
  return messages;
}
