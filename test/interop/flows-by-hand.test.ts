import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { delegating, run, watchedWhile } from './flow-run.ts';
import { addresses, rndc, secondaryZone, serverNames } from './flow-servers.ts';
import { summaryOf } from './flow-watch.ts';
import { type FlowWorld, flowOf, openFlowWorld } from './flow-world.ts';
import { journalShows } from './journal.ts';
import { updateKey } from './primaries.ts';

/** At PowerDNS first; BIND has no zone for it. */
const flow = flowOf('rfc2136', 'powerdns', 'by-hand');
const name = flow.cut.slice(0, -1);

let world: FlowWorld;

beforeAll(async () => {
  world = await openFlowWorld([flow]);
  await run(world, delegating(flow, '--remove-hidden'));
}, 90_000);

afterAll(async () => {
  await world?.close();
});

/** The line of the plan that makes the zone, typed by somebody at BIND who fills in what is theirs. */
async function typeLine(line: string): Promise<void> {
  const keyFile = path.join(world.stateFolder, 'update.key');
  const file = path.join(world.stateFolder, `${name}.db`);
  const ns = serverNames.bindBelow;
  await writeFile(
    file,
    `${flow.cut} 3 IN SOA ${ns} hostmaster.${flow.cut} 1 7200 900 1209600 2\n${flow.cut} 3 IN NS ${ns}\n`,
  );
  const command = line
    .trim()
    .replace(/^rndc /, '')
    .replaceAll('KEY', updateKey.name)
    .replace(`"${name}.db"`, `"${file}"`)
    .replace('allow-transfer { ', 'allow-transfer { 127.71.0.0/16; ');
  await rndc(keyFile, addresses.hidden, command);
  const statement = /\{.*\}/s.exec(secondaryZone(flow.cut))?.[0] ?? '';
  await rndc(keyFile, addresses.bindBelow, `addzone ${name} '${statement};'`);
}

test('move to BIND shows how its zone is made, waits for it, and lets no name go at any instant', async () => {
  const args = ['move', name, '--parent', 'rfc2136', '--from', 'powerdns', '--to', 'rfc2136'];
  const { stderr } = await world.zonecut([...args, '--confirm', name, '--timeout', '1s']);
  const [, line = ''] = /^ *(rndc addzone .*)$/m.exec(stderr) ?? [];
  expect(line).toContain(`rndc addzone ${name} '`);
  const move = async (): Promise<void> => {
    const moving = run(world, ['resume', '--yes']);
    await journalShows(world.stateFolder, name, 'step-started', 'create-zone');
    await typeLine(line);
    await moving;
  };
  const seen = await watchedWhile(world, flow, 'move powerdns -> rfc2136, zone by hand', move);
  expect(summaryOf(seen.wrong)).toEqual([]);
  expect(seen.answered).toBe(seen.asked);
}, 120_000);
