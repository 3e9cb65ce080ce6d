import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptOf } from '../attempt.ts';
import { delegating, expectSound, lastMoveOf, run, watchedWhile } from './flow-run.ts';
import { addresses, rndc, secondaryZone, serverNames } from './flow-servers.ts';
import { type Flow, type FlowWorld, flowOf, flowOfAttempt, openFlowWorld } from './flow-world.ts';
import { journalShows } from './journal.ts';
import { updateKey } from './primaries.ts';

/** At PowerDNS first; BIND has no zone for it. */
const first = flowOf('rfc2136', 'powerdns', 'by-hand');

let world: FlowWorld;

beforeAll(async () => {
  world = await openFlowWorld([first]);
});

afterAll(async () => {
  await world?.close();
});

/** The line of the plan that makes the zone, typed by somebody at BIND who fills in what is theirs. */
async function typeLine({ cut }: Flow, line: string): Promise<void> {
  const name = cut.slice(0, -1);
  const keyFile = path.join(world.stateFolder, 'update.key');
  const file = path.join(world.stateFolder, `${name}.db`);
  const ns = serverNames.bindBelow;
  await writeFile(
    file,
    `${cut} 3 IN SOA ${ns} hostmaster.${cut} 1 7200 900 1209600 2\n${cut} 3 IN NS ${ns}\n`,
  );
  const command = line
    .trim()
    .replace(/^rndc /, '')
    .replaceAll('KEY', updateKey.name)
    .replace(`"${name}.db"`, `"${file}"`)
    .replace('allow-transfer { ', 'allow-transfer { 127.71.0.0/16; ');
  await rndc(keyFile, addresses.hidden, command);
  const statement = /\{.*\}/s.exec(secondaryZone(cut))?.[0] ?? '';
  await rndc(keyFile, addresses.bindBelow, `addzone ${name} '${statement};'`);
}

test('move to BIND shows how its zone is made, waits for it, and lets no name go at any instant', async context => {
  const flow = flowOfAttempt(first, attemptOf(context));
  const name = flow.cut.slice(0, -1);
  await run(world, delegating(flow, '--remove-hidden'));
  const args = ['move', name, '--parent', 'rfc2136', '--from', 'powerdns', '--to', 'rfc2136'];
  const { stderr } = await world.zonecut([...args, '--confirm', name, '--timeout', '1s']);
  const [, line = ''] = /^ *(rndc addzone .*)$/m.exec(stderr) ?? [];
  expect(line).toContain(`rndc addzone ${name} '`);
  const move = async (): Promise<void> => {
    const moving = run(world, ['resume', await lastMoveOf(world, name), '--yes']);
    await journalShows(world.stateFolder, name, 'step-started', 'create-zone');
    await typeLine(flow, line);
    await moving;
  };
  const seen = await watchedWhile(world, flow, 'move powerdns -> rfc2136, zone by hand', move);
  expectSound(seen);
});
