ALTER TABLE "settings" DROP CONSTRAINT "settings_scope";--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "suspended_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "settings" ADD CONSTRAINT "settings_scope" CHECK ("settings"."scope" in ('workspace', 'channel', 'operator'));