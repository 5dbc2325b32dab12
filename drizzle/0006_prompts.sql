ALTER TABLE "batches" ADD COLUMN "line" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "negative" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "quality" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "origin_id" bigint;