CREATE TABLE "batches" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"channel_id" uuid,
	"conversation" jsonb,
	"person_id" uuid NOT NULL,
	"request_id" text NOT NULL,
	"locale" text NOT NULL,
	"time_zone" text NOT NULL,
	"prompt" text NOT NULL,
	"inputs" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"total" integer NOT NULL,
	"unfinished" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"cancelled_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"sheets" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"gallery_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "batches" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "calls" (
	"workspace_id" uuid NOT NULL,
	"delivery_key" text NOT NULL,
	"reply" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calls_workspace_id_delivery_key_pk" PRIMARY KEY("workspace_id","delivery_key")
);
--> statement-breakpoint
ALTER TABLE "calls" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "channels" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"platform_id" text NOT NULL,
	"name" text NOT NULL,
	"limits" jsonb NOT NULL,
	"worker_id" uuid,
	"next_send_at" timestamp with time zone DEFAULT now() NOT NULL,
	"gone_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "channels_address" UNIQUE("workspace_id","platform_id")
);
--> statement-breakpoint
ALTER TABLE "channels" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "dispatch_clocks" (
	"provider_id" text PRIMARY KEY NOT NULL,
	"virtual_time" double precision DEFAULT 0 NOT NULL,
	"paused_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "person_lanes" (
	"provider_id" text NOT NULL,
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"tag" double precision NOT NULL,
	"weight" double precision DEFAULT 1 NOT NULL,
	"waiting" integer NOT NULL,
	"cursor" bigint NOT NULL,
	CONSTRAINT "person_lanes_provider_id_workspace_id_person_id_pk" PRIMARY KEY("provider_id","workspace_id","person_id")
);
--> statement-breakpoint
ALTER TABLE "person_lanes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "workspace_lanes" (
	"provider_id" text NOT NULL,
	"workspace_id" uuid NOT NULL,
	"tag" double precision NOT NULL,
	"weight" double precision DEFAULT 1 NOT NULL,
	"waiting" integer NOT NULL,
	"virtual_time" double precision DEFAULT 0 NOT NULL,
	CONSTRAINT "workspace_lanes_provider_id_workspace_id_pk" PRIMARY KEY("provider_id","workspace_id")
);
--> statement-breakpoint
ALTER TABLE "workspace_lanes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "images" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "images_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"batch_id" text NOT NULL,
	"person_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"provider_id" text NOT NULL,
	"model" text NOT NULL,
	"prompt" text NOT NULL,
	"seed" bigint NOT NULL,
	"seed_asked" boolean NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"credits" integer NOT NULL,
	"period" date NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"worker_id" uuid,
	"handle" text,
	"partial" text,
	"original" text,
	"thumbnail" text,
	"type" text,
	"thumbnail_width" integer,
	"thumbnail_height" integer,
	"failure" text,
	"warnings" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"dispatched_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "images_number" UNIQUE("batch_id","number"),
	CONSTRAINT "images_state" CHECK ("images"."state" in ('queued', 'dispatched', 'succeeded', 'failed', 'blocked', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "images" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"person_id" uuid NOT NULL,
	"platform" text NOT NULL,
	"platform_id" text NOT NULL,
	"name" text NOT NULL,
	"language" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_address" UNIQUE("platform","platform_id")
);
--> statement-breakpoint
CREATE TABLE "members" (
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "members_workspace_id_person_id_pk" PRIMARY KEY("workspace_id","person_id")
);
--> statement-breakpoint
ALTER TABLE "members" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "people" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "playground_messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "playground_messages_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"key" text NOT NULL,
	"author" text NOT NULL,
	"reader" text,
	"content" jsonb NOT NULL,
	"edits" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "playground_messages_key" UNIQUE("workspace_id","key")
);
--> statement-breakpoint
ALTER TABLE "playground_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "postings" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "postings_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"batch_id" text NOT NULL,
	"channel_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"part" integer DEFAULT 0 NOT NULL,
	"wanted" integer DEFAULT 1 NOT NULL,
	"shown" integer DEFAULT 0 NOT NULL,
	"final" boolean DEFAULT false NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"ref" jsonb,
	"handle" text,
	"failure" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "postings_part" UNIQUE("batch_id","kind","part")
);
--> statement-breakpoint
ALTER TABLE "postings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "ledger" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ledger_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"source" text NOT NULL,
	"credits" integer NOT NULL,
	"money_micros" bigint DEFAULT 0 NOT NULL,
	"currency" text DEFAULT 'USD' NOT NULL,
	"period" date NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ledger_once" UNIQUE("source","kind")
);
--> statement-breakpoint
ALTER TABLE "ledger" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "quotas" (
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"period" date NOT NULL,
	"held" integer DEFAULT 0 NOT NULL,
	"spent" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "quotas_workspace_id_person_id_period_pk" PRIMARY KEY("workspace_id","person_id","period")
);
--> statement-breakpoint
ALTER TABLE "quotas" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "settings" (
	"workspace_id" uuid NOT NULL,
	"scope" text NOT NULL,
	"scope_id" uuid NOT NULL,
	"language" text,
	"time_zone" text,
	"model" text,
	"credits" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "settings_workspace_id_scope_scope_id_pk" PRIMARY KEY("workspace_id","scope","scope_id"),
	CONSTRAINT "settings_scope" CHECK ("settings"."scope" in ('workspace', 'channel'))
);
--> statement-breakpoint
ALTER TABLE "settings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "workers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"platform" text NOT NULL,
	"platform_id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"gone_at" timestamp with time zone,
	CONSTRAINT "workspaces_address" UNIQUE("platform","platform_id")
);
--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postings" ADD CONSTRAINT "postings_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postings" ADD CONSTRAINT "postings_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "settings" ADD CONSTRAINT "settings_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "batches_person" ON "batches" USING btree ("workspace_id","person_id","created_at");--> statement-breakpoint
CREATE INDEX "batches_without_gallery" ON "batches" USING btree ("finished_at") WHERE finished_at is not null and gallery_at is null;--> statement-breakpoint
CREATE INDEX "calls_created" ON "calls" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "person_lanes_next" ON "person_lanes" USING btree ("provider_id","workspace_id","tag") WHERE waiting > 0;--> statement-breakpoint
CREATE INDEX "workspace_lanes_next" ON "workspace_lanes" USING btree ("provider_id","tag") WHERE waiting > 0;--> statement-breakpoint
CREATE INDEX "images_queued" ON "images" USING btree ("provider_id","workspace_id","person_id","id") WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX "images_dispatched" ON "images" USING btree ("provider_id","workspace_id","person_id") WHERE state = 'dispatched';--> statement-breakpoint
CREATE INDEX "playground_messages_order" ON "playground_messages" USING btree ("workspace_id","position");--> statement-breakpoint
CREATE INDEX "postings_owed" ON "postings" USING btree ("channel_id","due_at") WHERE wanted > shown;--> statement-breakpoint
CREATE INDEX "ledger_person" ON "ledger" USING btree ("workspace_id","person_id","period");--> statement-breakpoint
CREATE POLICY "in_workspace" ON "batches" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "batches" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "calls" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "calls" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "channels" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "channels" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "person_lanes" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "person_lanes" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "workspace_lanes" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "workspace_lanes" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "images" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "images" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "members" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "members" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "playground_messages" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "playground_messages" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "postings" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "postings" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "ledger" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "ledger" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "quotas" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "quotas" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "settings" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "settings" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);