-- Why nobody could be given a webhook: malformed, empty, or of a number or account that is not (yet) ours.
ALTER TABLE unrouted_webhooks ADD COLUMN reason text NOT NULL DEFAULT 'unknown owner';
