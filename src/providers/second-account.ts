import { ZonecutError } from '../error.ts';
import type { Driver, Settings } from './driver.ts';

/**
 * The driver of another account at the same host, `ID:LABEL`: it reads the variables of the driver with `_LABEL` at the end of
 * their names, and none of the driver's own.
 */
export function secondAccount(driver: Driver, label: string): Driver {
  const id = `${driver.id}:${label.toLowerCase()}`;
  const suffix = `_${label.toUpperCase().replaceAll('-', '_')}`;
  const names = driver.environment.map(({ name }) => `${name}${suffix}`);
  const ownOf = (settings: Settings): Settings => ({
    ...settings,
    environment: {
      ...settings.environment,
      ...Object.fromEntries(
        driver.environment.map(({ name }) => [name, settings.environment[`${name}${suffix}`]]),
      ),
    },
  });
  return {
    ...driver,
    id,
    title: `${driver.title} (${label})`,
    aliases: [],
    environment: driver.environment.map(one => ({ ...one, name: `${one.name}${suffix}` })),
    find: settings => driver.find(ownOf(settings)),
    load: async () => {
      const open = await driver.load();
      return async (world, settings) => {
        if (names.every(name => (settings.environment[name] ?? '').trim() === '')) {
          throw new ZonecutError('ZC_CREDENTIALS', `no variable of ${id} is set`, {
            hint: `Its variables are those of ${driver.id} with ${suffix} at the end: ${names.slice(0, 3).join(', ')}.`,
          });
        }
        const provider = await open(world, ownOf(settings));
        return { ...provider, id, label: `${provider.label} (${label})` };
      };
    },
  };
}
