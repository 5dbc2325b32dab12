import type postgres from 'postgres';

/** What waits is spread over so many: each person asked for five batches of ten. */
const peopleEach = 5;
const batchesEach = 5;
const imagesEach = 10;
/** As operators might set them. */
const caps = { person: 4, workspace: 20 };

export interface Backlog {
  images: number;
  workspaces: number;
  people: number;
}

/** Puts images in line as requests would have, in bulk; `sql` is the owner of the tables. Resolves to what there is then. */
export async function fillBacklog(sql: postgres.Sql, providerId: string, images: number): Promise<Backlog> {
  const workspaces = Math.round(images / (peopleEach * batchesEach * imagesEach));
  const people = workspaces * peopleEach;
  await sql.begin(async (tx) => {
    await tx`
      create temporary table crowd on commit drop as
      select w.n as workspace, p.n as person, w.id as workspace_id, gen_random_uuid() as person_id
      from (select n, gen_random_uuid() as id from generate_series(1, ${workspaces}::int) n) w, generate_series(1, ${peopleEach}::int) p (n)`;
    await tx`
      insert into workspaces (id, platform, platform_id, name)
      select distinct workspace_id, 'bench', workspace::text, workspace::text from crowd`;
    await tx`insert into people (id) select person_id from crowd`;
    await tx`
      insert into batches (id, workspace_id, person_id, request_id, locale, time_zone, prompt, total, unfinished)
      select lpad((row_number() over (order by n, person, workspace))::text, 6, '0'), workspace_id, person_id, 'bench', 'en', 'UTC',
        'a red fox in snow', ${imagesEach}, ${imagesEach}
      from crowd, generate_series(1, ${batchesEach}::int) n`;
    await tx`
      insert into images (workspace_id, batch_id, person_id, number, provider_id, model, prompt, seed, seed_asked, width,
        height, credits, period)
      select workspace_id, id, person_id, n, ${providerId}, 'bench', prompt, n, false, 1024, 1024, 1, current_date
      from batches, generate_series(1, ${imagesEach}::int) n order by id, n`;
    await tx`insert into dispatch_clocks (provider_id) values (${providerId})`;
    await tx`
      insert into person_lanes (provider_id, workspace_id, person_id, tag, waiting, cap, cursor)
      select ${providerId}, workspace_id, person_id, random() * ${imagesEach}::int, count(*), ${caps.person}, min(id)
      from images group by workspace_id, person_id`;
    await tx`
      insert into workspace_lanes (provider_id, workspace_id, tag, waiting, cap)
      select ${providerId}, workspace_id, random() * ${imagesEach}::int, sum(waiting), ${caps.workspace}
      from person_lanes group by workspace_id`;
  });
  await sql`vacuum analyze`;
  return { images: workspaces * peopleEach * batchesEach * imagesEach, workspaces, people };
}
