ALTER TABLE "postings" ADD COLUMN "numbers" integer[];--> statement-breakpoint
CREATE INDEX "batches_thread" ON "batches" USING btree ((conversation->>'thread')) WHERE conversation->>'thread' is not null;--> statement-breakpoint
CREATE INDEX "images_origin" ON "images" USING btree ("origin_id") WHERE origin_id is not null;--> statement-breakpoint
CREATE INDEX "postings_ref" ON "postings" USING gin (ref jsonb_path_ops);