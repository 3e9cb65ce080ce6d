import type { Answer, RestClient } from './client.ts';

/** Pages of one list. */
export const maxPages = 1000;

/** One page of a list. */
export interface Page {
  readonly items: readonly unknown[];
  /** The path of the next one; null for none. */
  readonly next: string | null;
  /** Items that the whole list has; null where the host does not say. */
  readonly total: number | null;
}

/**
 * The items of a list, page after page; `read` reads an answer, null where it cannot be read. Throws ZC_PROVIDER_RESPONSE
 * after too many pages, and where the host counts other items than it showed: the list changed between two pages.
 */
export async function* listItems(
  client: RestClient,
  path: string,
  read: (answer: Answer) => Page | null,
  signal: AbortSignal | undefined,
): AsyncIterable<unknown> {
  let next: string | null = path;
  let shown = 0;
  for (let count = 1; next !== null; count += 1) {
    if (count > maxPages) {
      throw client.http.fault('ZC_PROVIDER_RESPONSE', `GET ${path}: more than ${maxPages} pages`);
    }
    const answer: Answer = await client.get(next, signal);
    const page = read(answer);
    if (page === null) throw client.unreadable(`the answer to GET ${next}`, answer.json);
    yield* page.items;
    shown += page.items.length;
    if (page.next === null && page.total !== null && page.total !== shown) {
      throw client.http.fault(
        'ZC_PROVIDER_RESPONSE',
        `GET ${path}: ${shown} of ${page.total} are shown`,
        'Somebody may be changing it just now; repeat the command.',
      );
    }
    next = page.next;
  }
}
