CREATE TABLE "audit_texts" (
	"workspace_id" uuid NOT NULL,
	"n" integer NOT NULL,
	"salt" text NOT NULL,
	"text" text NOT NULL,
	CONSTRAINT "audit_texts_workspace_id_n_pk" PRIMARY KEY("workspace_id","n")
);
--> statement-breakpoint
ALTER TABLE "audit_texts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "link_codes" (
	"selector" text PRIMARY KEY NOT NULL,
	"salt" text NOT NULL,
	"hash" text NOT NULL,
	"account_id" uuid NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"person_id" uuid PRIMARY KEY NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"erased_at" timestamp with time zone,
	"done_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "file_links" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_entries" ADD COLUMN "text_hash" text;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "person_id" uuid;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "own_person_id" uuid;--> statement-breakpoint
ALTER TABLE "people" ADD COLUMN "joined_to" uuid;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "keep_prompts" integer;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "keep_pictures" integer;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "keep_logs" integer;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "elsewhere" boolean;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "erased_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "erasures_due" ON "erasures" USING btree ("due_at") WHERE done_at is null;--> statement-breakpoint
CREATE INDEX "accounts_person" ON "accounts" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "people_joined" ON "people" USING btree ("joined_to") WHERE joined_to is not null;--> statement-breakpoint
CREATE POLICY "in_workspace" ON "audit_texts" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "audit_texts" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
-- by hand
-- What has no text beside it hashes as it did before.
CREATE OR REPLACE FUNCTION audit_text(entry audit_entries) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT (jsonb_build_array(entry.workspace_id, entry.n, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.person_id, entry.channel_id, entry.request_id, entry.act, entry.subject, entry.before, entry.after)
    || CASE WHEN entry.text_hash IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(entry.text_hash) END)::text
$$;
