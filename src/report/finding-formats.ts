import type { CutFinding, CutSeverity } from '../checks/cut/finding.ts';
import { version } from '../version.ts';
import { countsText, lineText, observationText } from './finding-text.ts';

/** Findings as Markdown: a table, then each with its lines. */
export function findingsMarkdown(title: string, findings: readonly CutFinding[]): string {
  if (findings.length === 0) {
    return `# ${title}\n\nNothing to mend.\n`;
  }
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = findings.map(
    ({ severity, id, subject, text }) => `| ${severity} | \`${id}\` | ${cell(subject)} | ${cell(text)} |`,
  );
  const parts = findings.map(({ id, text, evidence, remedy }) => {
    const lines = [
      ...remedy.parent.map(line => `${lineText(line)} ; at the parent`),
      ...remedy.child.map(line => `${lineText(line)} ; in the zone itself`),
    ];
    return [
      `## ${id}`,
      '',
      `${text}.`,
      '',
      ...evidence.map(seen => `- ${observationText(seen)}`),
      ...(evidence.length > 0 ? [''] : []),
      `To mend: ${remedy.text}.`,
      ...(lines.length > 0 ? ['', '```diff', ...lines, '```'] : []),
      '',
    ].join('\n');
  });
  return [
    `# ${title}`,
    '',
    countsText(findings),
    '',
    '| severity | check | subject | finding |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...parts,
  ].join('\n');
}

/** Findings as SARIF 2.1.0, for tools that show results of analysers. One result a finding; names stand for files. */
export function findingsSarif(findings: readonly CutFinding[]): string {
  const ids = [...new Set(findings.map(({ id }) => id))];
  return `${JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'zonecut',
              version,
              rules: ids.map(id => ({ id, help: { text: `docs/checks/${id}.md` } })),
            },
          },
          results: findings.map(finding => ({
            ruleId: finding.id,
            ruleIndex: ids.indexOf(finding.id),
            level: sarifLevels[finding.severity],
            message: { text: `${finding.text}. ${finding.remedy.text}.` },
            locations: [
              {
                physicalLocation: { artifactLocation: { uri: `dns:${encodeURIComponent(finding.cut)}` } },
                logicalLocations: [{ fullyQualifiedName: finding.subject, kind: 'resource' }],
              },
            ],
            properties: { severity: finding.severity, remedy: finding.remedy },
          })),
        },
      ],
    },
    null,
    2,
  )}\n`;
}

const sarifLevels: Readonly<Record<CutSeverity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  error: 'error',
  warning: 'warning',
  notice: 'note',
  info: 'note',
};

/** Findings as JUnit XML: each check that was made is a case, and fails when it found something as bad as `failOn`. */
export function findingsJunit(
  cut: string,
  findings: readonly CutFinding[],
  checkIds: readonly string[],
  isFailure: (finding: CutFinding) => boolean,
): string {
  const failing = new Set(findings.filter(isFailure).map(({ id }) => id));
  const cases = checkIds.map(id => {
    const here = findings.filter(finding => finding.id === id);
    const head = `    <testcase classname="${xml(cut)}" name="${id}"`;
    if (here.length === 0) {
      return `${head}/>`;
    }
    const text = here
      .map(finding =>
        [
          `${finding.severity}: ${finding.text}`,
          `mend: ${finding.remedy.text}`,
          ...[...finding.remedy.parent, ...finding.remedy.child].map(lineText),
        ].join('\n'),
      )
      .join('\n\n');
    const tag = failing.has(id) ? 'failure' : 'system-out';
    const message = failing.has(id) ? ` message="${xml(here[0]?.text ?? '')}"` : '';
    return `${head}>\n      <${tag}${message}>${xml(text)}</${tag}>\n    </testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="zonecut check" tests="${checkIds.length}" failures="${failing.size}">\n${cases.join('\n')}\n  </testsuite>\n</testsuites>\n`;
}

/** Findings as one page of HTML that needs nothing else. */
export function findingsHtml(title: string, findings: readonly CutFinding[]): string {
  const items = findings.map(
    ({ id, severity, text, evidence, remedy }) => `<section class="${severity}">
<h2><span>${severity}</span> ${xml(text)} <code>${id}</code></h2>
<ul>${evidence.map(seen => `<li><code>${xml(observationText(seen))}</code></li>`).join('')}</ul>
<p>${xml(remedy.text)}</p>
<pre>${xml([...remedy.parent.map(line => `${lineText(line)} ; at the parent`), ...remedy.child.map(line => `${lineText(line)} ; in the zone itself`), ...remedy.registrar].join('\n'))}</pre>
</section>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${xml(title)}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
section { border-left: .4rem solid #888; padding: 0 1rem; margin: 1rem 0 }
.critical, .error { border-color: #b00 } .warning { border-color: #c70 }
h2 { font-size: 1.1rem } h2 span { text-transform: uppercase; font-size: .8rem }
pre { overflow-x: auto; background: #f4f4f4; padding: .5rem } pre:empty, ul:empty { display: none }
</style>
<h1>${xml(title)}</h1>
<p>${findings.length === 0 ? 'Nothing to mend.' : xml(countsText(findings))}</p>
${items.join('\n')}
</html>
`;
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r\u0020-\uffff]/g, '?');
}
