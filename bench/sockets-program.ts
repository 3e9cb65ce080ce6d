import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { addressOfZone, topAddress } from './offline-internet.ts';

/**
 * The sockets of a resolver and nothing of what it thinks: for each question about a zone of the offline internet the same
 * datagrams as a resolver sends and takes, by what the question looks like. Nothing is checked or remembered.
 *
 * What it costs is what a resolver over Node's sockets cannot go below. Arguments: the address and port to listen at.
 */
interface Question {
  readonly octets: Buffer;
  readonly from: RemoteInfo;
  referred: boolean;
}

const [address = '127.0.0.1', port = '53'] = process.argv.slice(2);
const headerOctets = 12;
/** The RD bit, which a resolver clears in its own queries. */
const flagsAt = 2;
const receiveOctets = 1024 * 1024;

const clients = socketOf();
const servers = socketOf();
const underWay = new Map<number, Question>();
let lastId = 0;

clients.on('message', (octets, from) => {
  // `www.z1.bench.` is asked for as `z1.bench.` first (RFC 9156).
  const behindLabel = headerOctets + 1 + (octets[headerOctets] ?? 0);
  const minimised = Buffer.concat([octets.subarray(0, headerOctets), octets.subarray(behindLabel)]);
  ask({ octets, from, referred: false }, minimised, topAddress);
});
servers.on('message', octets => {
  const id = octets.readUInt16BE(0);
  const question = underWay.get(id);
  if (question === undefined) return;
  underWay.delete(id);
  if (question.referred) {
    octets.writeUInt16BE(question.octets.readUInt16BE(0), 0);
    clients.send(octets, question.from.port, question.from.address);
  } else {
    question.referred = true;
    ask(question, Buffer.from(question.octets), addressOfZone(zoneIn(question.octets)));
  }
});

function ask(question: Question, query: Buffer, server: string): void {
  lastId = (lastId + 1) & 0xffff;
  underWay.set(lastId, question);
  query.writeUInt16BE(lastId, 0);
  query[flagsAt] = 0;
  servers.send(query, 53, server);
}

/** The number of the zone in a question for a name in it. */
function zoneIn(octets: Buffer): number {
  const label = headerOctets + 1 + (octets[headerOctets] ?? 0);
  return Number(octets.toString('latin1', label + 2, label + 1 + (octets[label] ?? 0)));
}

function socketOf(): Socket {
  return createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
}

servers.bind(0, () => {
  servers.setRecvBufferSize(receiveOctets);
  clients.bind(Number(port), address, () => {
    clients.setRecvBufferSize(receiveOctets);
    process.stdout.write('answers at\n');
  });
});
