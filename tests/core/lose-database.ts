import type { TestCore } from '#tests/factories.ts';

/** The database ends the session of the first `times` changes to a row of this kind that fit, before they are committed. */
export async function loseDatabase(
  { sql }: Pick<TestCore, 'sql'>,
  { table, when, times }: { table: string; when: string; times: number },
): Promise<void> {
  await sql.unsafe(`
    create sequence lost_sessions;
    create function lose_session() returns trigger language plpgsql security definer as $$ begin
      if nextval('lost_sessions') <= ${times} then
        perform pg_terminate_backend(pg_backend_pid());
        perform pg_sleep(10);
      end if;
      return new;
    end $$;
    create trigger lose_session before update on ${table} for each row when (${when}) execute function lose_session()`);
}
