import { classNumber, opcodeMnemonic, rcodeMnemonic, typeMnemonic } from '../../src/dns/iana.ts';
import type { Message } from '../../src/dns/message.ts';
import { octetsOfRdata } from '../../src/dns/rdata.ts';
import type { ResourceRecord } from '../../src/dns/rrset.ts';
import { MessageView, nothing } from '../../src/dns/view.ts';
import { delegationIn } from '../../src/dns/view-delegation.ts';
import { isZonecutError } from '../../src/error.ts';

/** One for all packets: what one message leaves in it must not show in the next. */
const view = new MessageView();

/** Looks at `packet` as bulk work does; what it throws is for `viewFault` to find. */
export function lookAt(packet: Uint8Array): void {
  try {
    view.read(packet);
    delegationIn(view);
  } catch {
    // Not what is measured.
  }
}

/**
 * What is wrong with how a view reads `packet`, given what decoding made of it (null when it was refused).
 *
 * A view looks at data only when asked, so that it takes packets which decoding refuses; what it says must be the same.
 */
export function viewFault(packet: Uint8Array, message: Message | null): string | null {
  try {
    view.read(packet);
  } catch (error) {
    if (!isZonecutError(error, 'ZC_WIRE')) return `the view threw ${String(error)}`;
    return message === null ? null : `the view refuses what decodes: ${error.message}`;
  }
  try {
    const delegation = delegationIn(view);
    for (let index = 0; index < view.recordCount; index += 1) readRecord(index);
    if (message === null) return null;
    if (delegation !== null && message.authority.every(record => record.owner !== delegation.cut)) {
      return `the view has a delegation of ${delegation.cut} that the message has not`;
    }
  } catch (error) {
    // Data is read when it is asked for; where decoding took all of it, there is nothing left to refuse.
    if (isZonecutError(error, 'ZC_WIRE') && message === null) return null;
    if (isZonecutError(error, 'ZC_WIRE') && error.message.includes('more than')) return null;
    return `the view of a ${message === null ? 'refused' : 'decoded'} packet threw ${String(error)}`;
  }
  return headFault(message) ?? recordsFault(message);
}

function readRecord(index: number): void {
  view.nameAt(view.ownerAt(index));
  view.hashName(view.ownerAt(index));
  view.addressAt(index);
  const target = view.targetAt(index);
  if (target !== nothing) view.nameAt(target);
}

function headFault(message: Message): string | null {
  const [question] = message.questions;
  const seen = [
    view.id,
    view.response,
    opcodeMnemonic(view.opcode),
    view.authoritative,
    view.truncated,
    view.recursionDesired,
    view.recursionAvailable,
    view.authenticData,
    view.checkingDisabled,
    rcodeMnemonic(view.rcode),
    view.questionCount,
    view.questionName === nothing ? null : view.nameAt(view.questionName),
    view.questionType,
    view.hasEdns,
    view.udpSize,
    view.ednsVersion,
    view.dnssecOk,
  ];
  const wanted = [
    message.id,
    message.response,
    message.opcode,
    message.authoritative,
    message.truncated,
    message.recursionDesired,
    message.recursionAvailable,
    message.authenticData,
    message.checkingDisabled,
    message.rcode,
    message.questions.length,
    question?.name ?? null,
    question === undefined ? 0 : view.questionType,
    message.edns !== null,
    message.edns?.udpSize ?? 0,
    message.edns?.version ?? 0,
    message.edns?.dnssecOk ?? false,
  ];
  const at = seen.findIndex((value, index) => value !== wanted[index]);
  if (at !== -1)
    return `the view says ${String(seen[at])} where the message has ${String(wanted[at])} (fact ${at})`;
  if (question !== undefined && typeMnemonic(view.questionType) !== question.type)
    return 'another type of question';
  return null;
}

function recordsFault(message: Message): string | null {
  const sections = [message.answer, message.authority, message.additional];
  const ends = [view.authorityStart, view.additionalStart, view.recordCount];
  let index = 0;
  for (const [section, records] of sections.entries()) {
    let at = 0;
    for (; index < (ends[section] ?? 0); index += 1) {
      if (view.typeAt(index) === 41) continue;
      const record = records[at];
      at += 1;
      const fault = record === undefined ? 'one too many' : recordFault(index, record);
      if (fault !== null) return `record ${index} of the view: ${fault}`;
    }
    if (at !== records.length) return `the view has ${at} of ${records.length} records of section ${section}`;
  }
  return null;
}

function recordFault(index: number, record: ResourceRecord): string | null {
  if (view.nameAt(view.ownerAt(index)) !== record.owner) return `another owner than ${record.owner}`;
  if (typeMnemonic(view.typeAt(index)) !== record.type) return `another type than ${record.type}`;
  if (view.classAt(index) !== classNumber(record.class)) return `another class than ${record.class}`;
  if (view.ttlAt(index) !== record.ttl) return `TTL ${view.ttlAt(index)}, and ${record.ttl}`;
  const target = view.targetAt(index);
  if (target !== nothing && view.nameAt(target) !== String(record.data))
    return `another target than ${record.data}`;
  const address = view.addressAt(index);
  if (address === nothing) return null;
  const octets = octetsOfRdata(record.type, record.data);
  const seen = view.octets.subarray(address, address + octets.length);
  return Buffer.compare(seen, octets) === 0 ? null : `another address than ${record.data}`;
}
