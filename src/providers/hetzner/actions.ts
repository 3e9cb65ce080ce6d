import { memberAt, textAt } from '../json.ts';
import type { RestClient } from '../rest/client.ts';

/** Looks at an action that the host works on. */
export const maxActionPolls = 60;

/** Waits until the host has carried out what an answer names. Throws ZC_PROVIDER_REFUSED where it failed, ZC_PROVIDER_UNAVAILABLE where it does not end. */
export async function settle(
  client: RestClient,
  answer: unknown,
  signal: AbortSignal | undefined,
): Promise<void> {
  let action = memberAt(answer, 'action');
  for (let count = 1; count <= maxActionPolls; count += 1) {
    const [id, status] = [textAt(action, 'id'), textAt(action, 'status')];
    if (status === 'success') return;
    if (status === 'error') {
      const error = memberAt(action, 'error');
      throw client.http.fault(
        'ZC_PROVIDER_REFUSED',
        `${textAt(action, 'command')} failed: ${textAt(error, 'message')} (${textAt(error, 'code')})`,
        'Look at the zone, then make the plan again.',
      );
    }
    if (id === null || status !== 'running') throw client.unreadable('an action', action);
    await client.http.backOff(Math.min(count, 3), signal);
    action = memberAt((await client.get(`/zones/actions/${id}`, signal)).json, 'action');
  }
  throw client.http.fault(
    'ZC_PROVIDER_UNAVAILABLE',
    `the host still works on ${textAt(action, 'command')} after ${maxActionPolls} looks`,
    'Repeat the command; it goes on from there.',
  );
}
