CREATE TABLE "released_blobs" (
	"workspace_id" uuid NOT NULL,
	"blob" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "released_blobs_workspace_id_blob_pk" PRIMARY KEY("workspace_id","blob")
);
--> statement-breakpoint
ALTER TABLE "released_blobs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "images_original" ON "images" USING hash ("original") WHERE original is not null;--> statement-breakpoint
CREATE INDEX "images_source" ON "images" USING hash ((source ->> 'blob')) WHERE source is not null;--> statement-breakpoint
CREATE INDEX "images_thumbnail" ON "images" USING hash ("thumbnail") WHERE thumbnail is not null;--> statement-breakpoint
CREATE POLICY "in_workspace" ON "released_blobs" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "released_blobs" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);