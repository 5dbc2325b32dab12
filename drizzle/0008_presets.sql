CREATE TABLE "presets" (
	"workspace_id" uuid NOT NULL,
	"scope" text NOT NULL,
	"scope_id" uuid NOT NULL,
	"name" text NOT NULL,
	"flags" jsonb NOT NULL,
	CONSTRAINT "presets_workspace_id_scope_scope_id_name_pk" PRIMARY KEY("workspace_id","scope","scope_id","name"),
	CONSTRAINT "presets_scope" CHECK ("presets"."scope" in ('person', 'workspace'))
);
--> statement-breakpoint
ALTER TABLE "presets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "presets" ADD CONSTRAINT "presets_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "in_workspace" ON "presets" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "presets" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);