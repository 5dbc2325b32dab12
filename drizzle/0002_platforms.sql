CREATE TABLE "rate_budgets" (
	"key" text PRIMARY KEY NOT NULL,
	"next_at" timestamp with time zone DEFAULT now() NOT NULL,
	"blocked_until" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "postings" DROP CONSTRAINT "postings_part";--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "answered_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "series" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "conversation" jsonb;--> statement-breakpoint
UPDATE "postings" SET "conversation" = "batches"."conversation" FROM "batches" WHERE "batches"."id" = "postings"."batch_id";--> statement-breakpoint
ALTER TABLE "postings" ALTER COLUMN "conversation" SET NOT NULL;--> statement-breakpoint
CREATE INDEX "images_durations" ON "images" USING btree ("workspace_id","model","finished_at") WHERE state = 'succeeded';--> statement-breakpoint
ALTER TABLE "postings" ADD CONSTRAINT "postings_part" UNIQUE("batch_id","kind","series","part");