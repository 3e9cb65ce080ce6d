import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cutSeverities } from '../../src/checks/cut/finding.ts';
import { defaultProfile } from '../../src/checks/cut/profile.ts';
import { checks } from '../../src/checks/cut/registry.ts';
import { proofCodes, sharedCodes } from '../../src/checks/finding.ts';
import { deleteOrder } from '../../src/plan/delete-order.ts';

const folder = 'docs/checks';
/** Those that a plan is held to have pages and severities as well. */
const pages = [...checks, deleteOrder];
const ids = pages.map(({ id }) => id);

test('ids of checks are different', () => {
  expect(new Set(ids).size).toBe(ids.length);
});

test('what verify finds is what a check finds, or its own', () => {
  expect(sharedCodes.filter(code => !ids.includes(code))).toEqual([]);
  expect(proofCodes.filter(code => ids.includes(code))).toEqual([]);
});

test('docs/checks has a page of every check, of what verify alone finds, and no other', () => {
  const files = readdirSync(folder).filter(file => file !== 'README.md');
  expect(files.toSorted()).toEqual([...ids, ...proofCodes].map(id => `${id}.md`).toSorted());
});

test('the profile has a severity of every check, and of checks alone', () => {
  expect(ids.filter(id => defaultProfile[id] === undefined)).toEqual([]);
  expect(Object.keys(defaultProfile).filter(key => !ids.includes(key.split('/')[0] ?? ''))).toEqual([]);
});

describe('the page of', () => {
  test.each(pages)('$id names its rule, its severities and the four parts', ({ id, rule }) => {
    const page = readFileSync(`${folder}/${id}.md`, 'utf8');
    expect(page).toContain(`# ${id}\n`);
    expect(page.replaceAll(/\s+/g, ' ')).toContain(rule);
    expect(rule).toMatch(/RFC \d+|draft-/);
    for (const part of ['Objective', 'What is observed', 'Outcome', 'How to mend']) {
      expect(page).toContain(`\n## ${part}\n\n`);
    }
    const rows = [...page.matchAll(/^\| (\w+) \| (?:`([\w-]+)`)? ?\|/gm)].filter(
      ([, word]) => word !== 'severity',
    );
    const said = rows.map(([, severity, variant]) => [
      variant === undefined ? id : `${id}/${variant}`,
      severity,
    ]);
    const known = Object.entries(defaultProfile).filter(([key]) => key === id || key.startsWith(`${id}/`));
    expect(said).toEqual(expect.arrayContaining(known));
    expect(said.every(([, severity]) => cutSeverities.some(one => one === severity))).toBe(true);
  });

  test.each(proofCodes)('%s has the four parts, and verify as who finds it', code => {
    const page = readFileSync(`${folder}/${code}.md`, 'utf8');
    expect(page).toContain(`# ${code}\n`);
    expect(page).toContain('[`zonecut verify`](../verify.md)');
    for (const part of ['Objective', 'What is observed', 'Outcome', 'How to mend']) {
      expect(page).toContain(`\n## ${part}\n\n`);
    }
    const list = readFileSync(`${folder}/README.md`, 'utf8');
    expect(list).toContain(`| [\`${code}\`](${code}.md) | `);
  });

  test('all that verify finds is in its table', () => {
    const page = readFileSync('docs/verify.md', 'utf8');
    for (const code of [...sharedCodes, ...proofCodes]) {
      expect(page).toContain(`| [\`${code}\`](checks/${code}.md) | `);
    }
  });

  test('all of them is in the list', () => {
    const list = readFileSync(`${folder}/README.md`, 'utf8');
    for (const id of ids) {
      expect(list).toContain(`| [\`${id}\`](${id}.md) | ${defaultProfile[id]} |`);
    }
  });
});
