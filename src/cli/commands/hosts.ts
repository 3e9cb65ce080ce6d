import { messageOf } from '../../error.ts';
import type { Driver } from '../../providers/driver.ts';
import type { HostedZone, Identity, Rights } from '../../providers/provider.ts';
import { drivers } from '../../providers/registry.ts';
import { tableText } from '../../report/paint.ts';
import { type OpenHosts, openHosts, settingsOf } from '../accounts.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';

/** Zones of one account that are listed for people; JSON has all. */
const shownZones = 20;

interface HostReport {
  readonly driver: Driver;
  readonly source: string | null;
  readonly label: string | null;
  readonly identity: Identity | null;
  readonly rights: Rights | null;
  readonly zones: readonly HostedZone[];
  readonly problem: string | null;
}

/** `zonecut hosts`: which accounts were found where, who we are there, what we may do, which zones are in them. */
export async function hosts(context: Context): Promise<number> {
  const { terminal } = context;
  const opened = openHosts(context);
  try {
    const reports = await Promise.all(drivers.map(driver => lookAt(context, opened, driver)));
    terminal.print(terminal.json ? jsonOf(reports) : textOf(context, reports));
    return reports.some(report => report.problem !== null) ? exitCodes.credentials : exitCodes.ok;
  } finally {
    await opened.closeAll();
  }
}

async function lookAt(context: Context, opened: OpenHosts, driver: Driver): Promise<HostReport> {
  const none = { driver, label: null, identity: null, rights: null, zones: [], problem: null };
  const source = await driver.find(settingsOf(context));
  if (source === null) {
    return { ...none, source };
  }
  try {
    const provider = await opened.open(driver.id);
    const identity = await provider.whoAmI({ signal: context.signal });
    const zones: HostedZone[] = [];
    for await (const zone of provider.listZones({ signal: context.signal })) {
      zones.push(zone);
    }
    const rights = await provider.rights(zones[0] ?? null, { signal: context.signal });
    return { driver, source, label: provider.label, identity, rights, zones, problem: null };
  } catch (error) {
    return { ...none, source, problem: messageOf(error) };
  }
}

function jsonOf(reports: readonly HostReport[]): string {
  const found = reports.map(({ driver, ...report }) => ({ id: driver.id, title: driver.title, ...report }));
  return `${JSON.stringify({ schema: 'zonecut/hosts/v1', hosts: found }, null, 2)}\n`;
}

function textOf(context: Context, reports: readonly HostReport[]): string {
  const { paint } = context.terminal;
  return reports
    .map(report => {
      const { driver, source, rights } = report;
      const sign =
        report.problem !== null
          ? paint.bad(paint.signs.failed)
          : source === null
            ? paint.dim('-')
            : paint.good(paint.signs.done);
      const head = `${sign} ${paint.bold(driver.title)} (${driver.id})\n`;
      if (source === null) {
        const secrets = driver.environment.filter(variable => variable.secret);
        const wanted = secrets.length > 0 ? secrets : driver.environment.slice(0, 1);
        const names = wanted.map(variable => variable.name);
        return `${head}${tableText(
          [
            ['not found', `set ${names.join(', ')}`],
            ['made at', driver.settingsUrl],
          ],
          '    ',
        )}`;
      }
      if (report.problem !== null || rights === null) {
        return `${head}${tableText(
          [
            ['found in', source],
            ['problem', report.problem ?? ''],
          ],
          '    ',
        )}`;
      }
      const names = report.zones.slice(0, shownZones).map(zone => zone.apex);
      const more =
        report.zones.length > names.length ? ` and ${report.zones.length - names.length} more` : '';
      return `${head}${tableText(
        [
          ['account', report.identity?.account ?? ''],
          ['found in', source],
          [
            'rights',
            `read zones: ${rights.readZones}, create zones: ${rights.createZones}, write records: ${rights.writeRecords}`,
          ],
          ['zones', names.length === 0 ? 'none' : `${names.join(' ')}${more}`],
        ],
        '    ',
      )}`;
    })
    .join('\n');
}
