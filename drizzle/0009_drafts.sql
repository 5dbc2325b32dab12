CREATE TABLE "drafts" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"plan" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "drafts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "draft_id" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "name" text;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "style" text;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "draft_images" integer;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "draft_credits" integer;--> statement-breakpoint
ALTER TABLE "drafts" ADD CONSTRAINT "drafts_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "drafts_expiry" ON "drafts" USING btree ("expires_at");--> statement-breakpoint
CREATE POLICY "in_workspace" ON "drafts" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "drafts" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);