ALTER TABLE "images" ADD COLUMN "enhance" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "enhanced" text;