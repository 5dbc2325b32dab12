CREATE TABLE "cached_results" (
	"workspace_id" uuid NOT NULL,
	"request_hash" text NOT NULL,
	"original" text NOT NULL,
	"thumbnail" text NOT NULL,
	"type" text NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"thumbnail_width" integer NOT NULL,
	"thumbnail_height" integer NOT NULL,
	"warnings" text[] DEFAULT '{}' NOT NULL,
	"bytes" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cached_results_workspace_id_request_hash_pk" PRIMARY KEY("workspace_id","request_hash")
);
--> statement-breakpoint
ALTER TABLE "cached_results" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "person_lanes" ADD COLUMN "cap" integer;--> statement-breakpoint
ALTER TABLE "workspace_lanes" ADD COLUMN "cap" integer;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "asked_model" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "request_hash" text;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "weights" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "in_flight_person" integer;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "in_flight_workspace" integer;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "failover" boolean;--> statement-breakpoint
ALTER TABLE "cached_results" ADD CONSTRAINT "cached_results_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "cached_results_used" ON "cached_results" USING btree ("used_at");--> statement-breakpoint
CREATE INDEX "images_same" ON "images" USING btree ("workspace_id","request_hash") WHERE state = 'dispatched' and request_hash is not null;--> statement-breakpoint
CREATE POLICY "in_workspace" ON "cached_results" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "cached_results" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);