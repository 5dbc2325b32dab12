ALTER TABLE "cached_results" ADD COLUMN "rating" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "rating" text;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "alone" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "pictures" jsonb;