CREATE TABLE "audit_entries" (
	"workspace_id" uuid NOT NULL,
	"n" integer DEFAULT 0 NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"person_id" uuid,
	"channel_id" uuid,
	"request_id" text,
	"act" text NOT NULL,
	"subject" text,
	"before" jsonb,
	"after" jsonb,
	"hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "audit_entries_workspace_id_n_pk" PRIMARY KEY("workspace_id","n")
);
--> statement-breakpoint
ALTER TABLE "audit_entries" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"n" integer NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_heads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "in_workspace" ON "audit_entries" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "audit_entries" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "audit_heads" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "audit_heads" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
-- As the owner of the tables, whom row security does not hold: nobody else writes numbers, hashes and heads.
CREATE FUNCTION audit_text(entry audit_entries) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_array(entry.workspace_id, entry.n, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.person_id, entry.channel_id, entry.request_id, entry.act, entry.subject, entry.before, entry.after)::text
$$;
--> statement-breakpoint
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE head audit_heads;
BEGIN
  INSERT INTO audit_heads (workspace_id, n, hash) VALUES (NEW.workspace_id, 0, '') ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM audit_heads WHERE workspace_id = NEW.workspace_id FOR UPDATE;
  NEW.n := head.n + 1;
  NEW.hash := encode(sha256(convert_to(head.hash || audit_text(NEW), 'UTF8')), 'hex');
  UPDATE audit_heads SET n = NEW.n, hash = NEW.hash WHERE workspace_id = NEW.workspace_id;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_chain BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_chain();
--> statement-breakpoint
CREATE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION audit_kept();
--> statement-breakpoint
REVOKE UPDATE, DELETE ON audit_entries FROM easel_app, easel_across;
--> statement-breakpoint
REVOKE ALL ON audit_heads FROM easel_app, easel_across;
--> statement-breakpoint
GRANT SELECT ON audit_heads TO easel_app, easel_across;
