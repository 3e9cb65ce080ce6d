import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { ErrorCode, ZonecutError } from '../../error.ts';
import type { ProgramStart, StartProgram } from '../../world/program.ts';
import type { World } from '../../world/world.ts';
import { type Caller, createCaller, type Outcome } from '../caller.ts';
import { checkChanges, differences, rrsetsAfter, standingOf } from '../change-set.ts';
import { isObject, type JsonObject, listAt, memberAt, textAt } from '../json.ts';
import type {
  Capabilities,
  CreateZoneOptions,
  HostedZone,
  Provider,
  Right,
  Rights,
  RRsetChange,
  ZoneSnapshot,
} from '../provider.ts';
import { createQueue } from '../queue.ts';
import { capabilitiesIn } from './capabilities.ts';
import { type Answer, type Channel, createChannel, protocolVersion, secretsIn } from './channel.ts';
import { rrsetMessage, snapshotIn, zoneIn, zoneMessage } from './zones.ts';

/** Tries of one message; each starts the program anew, so a program that is broken is not tried for long. */
export const execAttempts = 3;

/** Tries of a change or a creation whose answers were lost, each after a look at what became of the one before. */
const maxWriteTries = 3;

/** What a bridge is made of. */
export interface Bridge {
  /** As the user names it, such as `exec:/opt/dns/host`. */
  readonly id: string;
  readonly start: ProgramStart;
  readonly startProgram: StartProgram;
  /** Milliseconds for one answer. */
  readonly timeoutMs: number;
}

/** What one open bridge works with. */
interface Session {
  readonly id: string;
  readonly channel: Channel;
  readonly caller: Caller;
}

/** Starts a program and asks it what it can do. */
export async function openBridge(world: World, bridge: Bridge): Promise<Provider> {
  const { id, start } = bridge;
  const channel = createChannel(world, bridge.startProgram, start, bridge.timeoutMs);
  const caller = createCaller(world, {
    host: id,
    pace: { kind: 'bucket', burst: 20, perSecond: 20 },
    attempts: execAttempts,
    unavailableHint:
      'Run the program by hand and look at what it says (docs/providers/exec.md), then repeat the command.',
    secrets: secretsIn(start.environment),
  });
  const session = { id, channel, caller };
  try {
    return providerOf(session, await ask(session, 'hello', {}));
  } catch (error) {
    await channel.close();
    throw error;
  }
}

function providerOf(session: Session, hello: unknown): Provider {
  const { id, channel, caller } = session;
  const protocol = memberAt(hello, 'protocol');
  const capabilities = capabilitiesIn(memberAt(hello, 'capabilities'));
  if (protocol !== protocolVersion) {
    throw unreadable(caller, `hello speaks protocol ${JSON.stringify(protocol)}, this is ${protocolVersion}`);
  }
  if (typeof capabilities === 'string') throw unreadable(caller, `hello: ${capabilities}`);
  const queue = createQueue();
  return {
    id,
    label: `${textAt(hello, 'label')?.slice(0, 100) ?? 'a program'} (${id})`,
    capabilities,
    whoAmI: async options => {
      const who = await ask(session, 'whoAmI', {}, options?.signal);
      return {
        account: textAt(who, 'account') ?? 'unknown',
        source: textAt(who, 'source') ?? 'environment',
      };
    },
    rights: (zone, options) => rightsOf(session, capabilities, zone, options?.owner ?? null, options?.signal),
    listZones: async function* (options) {
      yield* await zonesOf(session, null, options?.signal);
    },
    findZones: async (apex, options) =>
      (await zonesOf(session, apex, options?.signal)).filter(zone => zone.apex === apex),
    createZone: (apex, options) => queue.run(apex, () => createZone(session, capabilities, apex, options)),
    deleteZone: (zone, options) =>
      queue.run(zone.apex, async () => {
        if (!capabilities.createsZones) throw noZones(caller);
        const message = { zone: zoneMessage(zone), purge: options?.purge === true };
        await ask(session, 'delete', message, options?.signal, 'ZC_ZONE_NOT_FOUND');
      }),
    readZone: (zone, options) => readZone(session, zone, options?.signal),
    changeZone: (zone, changes, options) =>
      queue.run(zone.apex, () => changeZone(session, zone, changes, options?.signal)),
    close: () => channel.close(),
  };
}

/** What the codes of the protocol are called everywhere else. */
const codes: Readonly<Record<string, readonly [code: ErrorCode, hint: string]>> = {
  credentials: ['ZC_CREDENTIALS', 'Look at the variables that the program reads its credentials from.'],
  rights: ['ZC_RIGHTS', 'Give the credentials of the program that right.'],
  refused: ['ZC_PROVIDER_REFUSED', 'The host understood the request and will not do it.'],
  conflict: ['ZC_PROVIDER_CONFLICT', 'Look at the zone, then make the plan again.'],
  'not-found': ['ZC_ZONE_NOT_FOUND', 'Look whether the zone is still in the account.'],
  unsupported: ['ZC_PROVIDER_REFUSED', 'The program cannot do that.'],
};

function faultOf(caller: Caller, call: string, answer: Answer & { kind: 'error' }): ZonecutError {
  const [code, hint] = codes[answer.code] ?? [
    'ZC_PROVIDER_RESPONSE',
    'Mend the program: docs/providers/exec.md.',
  ];
  return caller.fault(code, `${call}: ${answer.message}`, hint);
}

function unreadable(caller: Caller, sentence: string): ZonecutError {
  return caller.fault('ZC_PROVIDER_RESPONSE', sentence, 'Mend the program: docs/providers/exec.md.');
}

/** Sends a message that may be sent again, and gives the result. An error with the code `forgiven` gives null. */
async function ask(
  session: Session,
  call: string,
  message: JsonObject,
  signal?: AbortSignal,
  forgiven?: ErrorCode,
): Promise<unknown> {
  const { caller, channel } = session;
  const answer = await caller.ask(call, () => channel.send(call, message, signal), signal);
  if (answer.kind === 'result') return answer.value;
  const fault = faultOf(caller, call, answer);
  if (fault.code === forgiven) return null;
  throw fault;
}

/** Sends a message that writes, once; a lost answer is an outcome. */
async function order(
  session: Session,
  call: string,
  message: JsonObject,
  signal: AbortSignal | undefined,
): Promise<Outcome<unknown>> {
  const { caller, channel } = session;
  const outcome = await caller.call({ name: call, repeatable: false, signal }, () =>
    channel.send(call, message, signal),
  );
  if (outcome.kind === 'lost') return outcome;
  if (outcome.value.kind === 'error') throw faultOf(caller, call, outcome.value);
  return { kind: 'done', value: outcome.value.value };
}

const isRight = (value: unknown): value is Right => value === 'yes' || value === 'no' || value === 'unknown';

async function rightsOf(
  session: Session,
  capabilities: Capabilities,
  zone: HostedZone | null,
  owner: Name | null,
  signal: AbortSignal | undefined,
): Promise<Rights> {
  const message = { zone: zone === null ? null : zoneMessage(zone), owner };
  const answer = await session.caller.ask(
    'rights',
    () => session.channel.send('rights', message, signal),
    signal,
  );
  if (answer.kind === 'error' && answer.code !== 'unsupported')
    throw faultOf(session.caller, 'rights', answer);
  const said = answer.kind === 'result' ? answer.value : null;
  const right = (key: string): Right => {
    const value = memberAt(said, key);
    return isRight(value) ? value : 'unknown';
  };
  return {
    readZones: right('readZones'),
    createZones: capabilities.createsZones ? right('createZones') : 'no',
    writeRecords: right('writeRecords'),
  };
}

async function zonesOf(
  session: Session,
  apex: Name | null,
  signal: AbortSignal | undefined,
): Promise<readonly HostedZone[]> {
  const zones = listAt(await ask(session, 'zones', { apex }, signal), 'zones');
  if (zones === null) throw unreadable(session.caller, 'zones: the answer has no list of zones');
  return zones.map(zone => readableZone(session, 'zones', zone));
}

function readableZone(session: Session, call: string, value: unknown): HostedZone {
  const zone = zoneIn(session.id, value);
  if (zone === null) throw unreadable(session.caller, `${call}: ${JSON.stringify(value)} is no zone`);
  return zone;
}

function noZones(caller: Caller): ZonecutError {
  return caller.fault(
    'ZC_PROVIDER_REFUSED',
    'the program creates and deletes no zones',
    'Do it at the host.',
  );
}

async function createZone(
  session: Session,
  capabilities: Capabilities,
  apex: Name,
  options: CreateZoneOptions,
): Promise<HostedZone> {
  if (!capabilities.createsZones) throw noZones(session.caller);
  const { reference, signal, seed = [] } = options;
  const message = {
    apex,
    reference,
    seed: seed.map(set => ({ owner: set.owner, type: set.type, ...rrsetMessage(set) })),
  };
  // The reference makes a creation one that may be repeated.
  const answer = await ask(session, 'create', message, signal);
  const zone = readableZone(session, 'create', memberAt(answer, 'zone'));
  if (zone.apex !== apex)
    throw unreadable(session.caller, `create: ${zone.apex} was made instead of ${apex}`);
  return zone;
}

async function readZone(
  session: Session,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSnapshot> {
  const answer = await ask(session, 'read', { zone: zoneMessage(zone) }, signal);
  const snapshot = snapshotIn(zone, isObject(answer) ? answer : {});
  if (typeof snapshot === 'string') throw unreadable(session.caller, `read: ${snapshot}`);
  return snapshot;
}

/** Read, compare, write, read back; a lost answer is followed by a look at what became of it. */
async function changeZone(
  session: Session,
  zone: HostedZone,
  changes: readonly RRsetChange[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { caller } = session;
  checkChanges(zone, changes);
  let problem = '';
  let expected: readonly RRset[] | null = null;
  for (let count = 1; count <= maxWriteTries; count += 1) {
    const before = (await readZone(session, zone, signal)).rrsets;
    const standing = standingOf(changes, before);
    if (standing.kind === 'conflict') throw conflict(caller, standing.problem);
    if (standing.kind === 'done') return checkWritten(session, zone, expected, before);
    expected = rrsetsAfter(before, changes);
    const outcome = await order(session, 'change', changeMessage(zone, changes), signal);
    if (outcome.kind === 'done') {
      const after = (await readZone(session, zone, signal)).rrsets;
      return checkWritten(session, zone, expected, after);
    }
    problem = outcome.problem;
    await caller.backOff(count, signal);
  }
  throw caller.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `change was tried ${maxWriteTries} times: ${problem}`,
    'Look at the program, then repeat the command; what was done is kept.',
  );
}

function changeMessage(zone: HostedZone, changes: readonly RRsetChange[]): JsonObject {
  return {
    zone: zoneMessage(zone),
    changes: changes.map(({ owner, type, from, to }) => ({
      owner,
      type,
      from: rrsetMessage(from),
      to: rrsetMessage(to),
    })),
  };
}

/** Throws unless the zone is as it was expected to be; null where nothing was sent. */
function checkWritten(
  session: Session,
  zone: HostedZone,
  expected: readonly RRset[] | null,
  now: readonly RRset[],
): void {
  const [line] = expected === null ? [] : differences(zone.apex, expected, now);
  if (line !== undefined) throw conflict(session.caller, `after the write ${line}`);
}

function conflict(caller: Caller, problem: string): ZonecutError {
  return caller.fault('ZC_PROVIDER_CONFLICT', problem, 'Look at the zone, then make the plan again.');
}
