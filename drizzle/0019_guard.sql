CREATE TABLE "slack_installations" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "slack_installations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "slack_installations" ADD CONSTRAINT "slack_installations_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "in_workspace" ON "slack_installations" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "slack_installations" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);