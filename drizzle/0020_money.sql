CREATE TABLE "approvals" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"asked_channel_id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"conversation" jsonb NOT NULL,
	"locale" text NOT NULL,
	"time_zone" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"decided_by" uuid,
	"reason" text,
	"batch_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"decided_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "approvals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "budget_months" (
	"workspace_id" uuid NOT NULL,
	"currency" text NOT NULL,
	"period" date NOT NULL,
	"used_micros" bigint NOT NULL,
	"reached" integer DEFAULT 0 NOT NULL,
	"told" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "budget_months_workspace_id_currency_period_pk" PRIMARY KEY("workspace_id","currency","period")
);
--> statement-breakpoint
ALTER TABLE "budget_months" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "budgets" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"currency" text NOT NULL,
	"amount_micros" bigint NOT NULL,
	"rates" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "budgets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "notices" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notices_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"content" jsonb NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "notices" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
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
CREATE TABLE "grants" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"credits" integer NOT NULL,
	"first_day" date NOT NULL,
	"last_day" date NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "grants" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "counts_in_id" uuid;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "cost_micros" bigint;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "cost_currency" text;--> statement-breakpoint
ALTER TABLE "quotas" ADD COLUMN "granted" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_asked_channel_id_channels_id_fk" FOREIGN KEY ("asked_channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notices_due" ON "notices" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "grants_person" ON "grants" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE POLICY "in_workspace" ON "approvals" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "approvals" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "budget_months" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "budget_months" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "budgets" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "budgets" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "notices" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "notices" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "credit_counters" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "credit_counters" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "credit_limits" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "credit_limits" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "in_workspace" ON "grants" AS PERMISSIVE FOR ALL TO "easel_app" USING (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "across_workspaces" ON "grants" AS PERMISSIVE FOR ALL TO "easel_across" USING (true) WITH CHECK (true);--> statement-breakpoint
-- by hand
-- Rows of these change with every request: left to the defaults, dead ones slow the next ones down.
ALTER TABLE "credit_counters" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);--> statement-breakpoint
ALTER TABLE "budget_months" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
