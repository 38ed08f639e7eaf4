interface Listing<T> {
  items: T[];
  next_cursor: string | null;
}

const MOST_PAGES = 25;

/** All pages of a list that is short by nature (members, keys): 200 lines each. */
export async function readAll<T>(page: (query: { limit: number; cursor?: string }) => Promise<Listing<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const told: Listing<T> = await page({ limit: 200, ...(cursor !== null && { cursor }) });
    items.push(...told.items);
    cursor = told.next_cursor;
    if (cursor === null) break;
  }
  return items;
}
