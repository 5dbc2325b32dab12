CREATE TABLE "credit_counters" (
	"workspace_id" uuid NOT NULL,
	"scope" text NOT NULL,
	"scope_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"period" date NOT NULL,
	"used" integer NOT NULL,
	CONSTRAINT "credit_counters_workspace_id_scope_scope_id_kind_period_pk" PRIMARY KEY("workspace_id","scope","scope_id","kind","period")
);
--> statement-breakpoint
ALTER TABLE "credit_counters" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "credit_limits" (
	"workspace_id" uuid NOT NULL,
	"scope" text NOT NULL,
	"scope_id" text NOT NULL,
	"kind" text NOT NULL,
	"credits" integer NOT NULL,
	CONSTRAINT "credit_limits_workspace_id_scope_scope_id_kind_pk" PRIMARY KEY("workspace_id","scope","scope_id","kind")
);
--> statement-breakpoint
ALTER TABLE "credit_limits" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "counts_in_id" uuid;--> statement-breakpoint
CREATE POLICY "in_workspace" ON "credit_counters" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "credit_counters" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "credit_limits" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "credit_limits" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);