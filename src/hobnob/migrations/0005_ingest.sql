-- Why nobody could be given a webhook: malformed, empty, or of a number or account that is not (yet) ours.
ALTER TABLE unrouted_webhooks ADD COLUMN reason text NOT NULL DEFAULT 'unknown owner';

-- How often an event was put back from the quarantine. The dashboard puts back its own account's events.
ALTER TABLE webhook_events ADD COLUMN attempts integer NOT NULL DEFAULT 0;
GRANT INSERT ON webhook_events TO hobnob_web;

-- When each value was last reported: of two values the one reported for the later moment counts, in whatever order
-- the reports come.
ALTER TABLE customers
  ADD COLUMN phone_seen_at timestamptz,
  ADD COLUMN user_id_seen_at timestamptz,
  ADD COLUMN profile_seen_at timestamptz;

-- Phones (+...) and user ids (CC....) a customer had until a moment: late webhooks still name them.
CREATE TABLE customer_aliases (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  value text NOT NULL,
  until timestamptz NOT NULL,
  customer_id uuid NOT NULL,
  PRIMARY KEY (lane, account_id, value, until)
);
CREATE INDEX customer_aliases_of_customer ON customer_aliases (lane, customer_id);
CALL hobnob_tenant_table('customer_aliases', 'SELECT');

-- What WhatsApp reported that no room of ours acts on yet: account updates, alerts, group messages, unknown fields. Raw.
CREATE TABLE whatsapp_notices (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  digest bytea NOT NULL,
  received_at timestamptz NOT NULL,
  waba_id text NOT NULL,
  field text NOT NULL,
  value jsonb NOT NULL,
  PRIMARY KEY (lane, account_id, digest)
);
CREATE INDEX whatsapp_notices_by_time ON whatsapp_notices (lane, account_id, received_at DESC);
CALL hobnob_tenant_table('whatsapp_notices', 'SELECT');

-- Accounts somebody looks at, noted by web processes until a moment soon. Global: workers read a lane's.
CREATE TABLE watched_accounts (
  account_id uuid PRIMARY KEY,
  lane smallint NOT NULL,
  until timestamptz NOT NULL
);
CREATE INDEX watched_accounts_of_lane ON watched_accounts (lane, until);
GRANT SELECT, INSERT, UPDATE ON watched_accounts TO hobnob_web;
GRANT SELECT ON watched_accounts TO hobnob_work;
