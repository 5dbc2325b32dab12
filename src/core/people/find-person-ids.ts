import { eq, or } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';
import { people } from '#db/schema/index.ts';

/** A person's own id, and those of who they were before accounts were linked. */
export async function findPersonIds(tx: Tx, personId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: people.id })
    .from(people)
    .where(or(eq(people.id, personId), eq(people.joinedTo, personId)));
  return rows.map(({ id }) => id);
}
