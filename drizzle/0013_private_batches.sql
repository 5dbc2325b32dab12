ALTER TABLE "batches" ADD COLUMN "private" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "asked_channel_id" uuid;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "asked_conversation" jsonb;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "shared" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "private" boolean;--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_asked_channel_id_channels_id_fk" FOREIGN KEY ("asked_channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "members_person" ON "members" USING btree ("person_id");