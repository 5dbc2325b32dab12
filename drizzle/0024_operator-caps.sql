ALTER TABLE "settings" ADD COLUMN "credits_day" integer;--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "money_month" jsonb;--> statement-breakpoint
CREATE INDEX "ledger_money" ON "ledger" USING btree ("workspace_id","period","currency","money_micros") WHERE money_micros > 0;