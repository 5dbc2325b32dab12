ALTER TABLE "approvals" ADD COLUMN "over_limit" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "stopped" integer[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "failure_detail" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "approved" boolean DEFAULT false NOT NULL;