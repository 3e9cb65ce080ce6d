import type { SimPlan } from '../sim.ts';
import { comText, story } from '../story.ts';

/** `count` lines. */
export function lines(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join('\n');
}

/** The story with more lines in the zone com, more zones and more servers. */
export function withCom(
  text: string,
  zones: SimPlan['zones'] = {},
  servers: SimPlan['servers'] = {},
): SimPlan {
  return {
    zones: { ...story.zones, com: `${comText}\n${text}`, ...zones },
    servers: { ...story.servers, ...servers },
  };
}
