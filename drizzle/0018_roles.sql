CREATE TABLE "role_mappings" (
	"workspace_id" uuid NOT NULL,
	"platform_role" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "role_mappings_workspace_id_platform_role_pk" PRIMARY KEY("workspace_id","platform_role")
);
--> statement-breakpoint
ALTER TABLE "role_mappings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "username" text;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "standing" text;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "assigned" text;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "platform_roles" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "rules" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "role_mappings" ADD CONSTRAINT "role_mappings_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_username" ON "accounts" USING btree ("platform",lower("username")) WHERE "accounts"."username" is not null;--> statement-breakpoint
CREATE POLICY "in_workspace" ON "role_mappings" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "role_mappings" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
-- by hand
-- What the version before kept is what the platform said last.
UPDATE "members" SET "standing" = "role";