import { expect, test } from 'vitest';
import { faultAt } from './authority.ts';
import { openAuditCommand } from './command.ts';
import { plantedRun } from './planted-run.ts';

const share = 20;

/** So many that the last one is the first of its kind behind 1,400 others. */
function namesUntil(kind: string): number {
  let last = 1_400;
  while (faultAt(last, share).kind !== kind) last += 1;
  return last + 1;
}

const names = namesUntil('silent');

/**
 * Names that take seconds are left out, all but the last: it keeps the command from its end until it was killed, however busy the
 * machine is.
 */
function leavesOut(at: number): boolean {
  return at !== names - 1 && ['silent', 'garbage'].includes(faultAt(at, share).kind);
}

test('an audit that is killed goes on: no finding is lost, and none is there twice', async () => {
  const command = await openAuditCommand();
  try {
    const result = await plantedRun({
      names,
      share,
      leavesOut,
      kills: 2,
      folder: command.folder,
      command: [process.execPath, command.program.file],
      authority: command.authority,
    });
    expect(result.wrong).toEqual([]);
    expect(result.kills).toBe(2);
    expect(result.findings).toBeGreaterThan(80);
  } finally {
    await command.close();
  }
});
