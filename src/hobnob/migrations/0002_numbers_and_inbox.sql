CREATE TABLE numbers (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  phone text NOT NULL CHECK (phone ~ '^\+[0-9]{6,15}$'),
  country text,
  display_name text NOT NULL,
  waba_id text NOT NULL,
  phone_number_id text,
  status text NOT NULL CHECK (status IN ('added', 'code_sent', 'verified', 'connected', 'failed')),
  code_method text CHECK (code_method IN ('sms', 'voice')),
  code_sent_at timestamptz,
  code_expires_at timestamptz,
  next_code_at timestamptz,
  code_tries integer NOT NULL DEFAULT 0,
  pin_encrypted bytea,
  quality text,
  throughput_per_second integer NOT NULL DEFAULT 80 CHECK (throughput_per_second BETWEEN 1 AND 1000),
  verified_at timestamptz,
  registered_at timestamptz,
  connected_at timestamptz,
  last_error jsonb,
  created_at timestamptz NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX numbers_phone ON numbers (lane, account_id, phone);
CREATE UNIQUE INDEX numbers_phone_number_id ON numbers (lane, account_id, phone_number_id) WHERE phone_number_id IS NOT NULL;
CALL hobnob_tenant_table('numbers');

-- One person at the other end. Found by business-scoped user id, by phone, or by both; either may be missing.
-- merged_into keeps the trace of a customer who turned out to be another.
CREATE TABLE customers (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  phone text,
  user_id text,
  parent_user_id text,
  username text,
  profile_name text,
  name text,
  blocked boolean NOT NULL DEFAULT false,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz,
  merged_into uuid,
  created_at timestamptz NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (lane, id),
  CHECK (phone IS NOT NULL OR user_id IS NOT NULL)
);
CREATE UNIQUE INDEX customers_phone ON customers (lane, account_id, phone) WHERE phone IS NOT NULL AND merged_into IS NULL;
CREATE UNIQUE INDEX customers_user_id ON customers (lane, account_id, user_id) WHERE user_id IS NOT NULL AND merged_into IS NULL;
CALL hobnob_tenant_table('customers');

-- What a customer can be found by: words of the names, username, digits of the phone; searched by prefix.
CREATE TABLE customer_terms (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  term text COLLATE "C" NOT NULL,
  customer_id uuid NOT NULL,
  PRIMARY KEY (lane, account_id, term, customer_id)
);
CREATE INDEX customer_terms_of_customer ON customer_terms (lane, customer_id);
CALL hobnob_tenant_table('customer_terms');

-- The one running thread between a number and a customer. The last_* columns are kept, never counted.
CREATE TABLE chats (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  number_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'queue' CHECK (state IN ('queue', 'assigned', 'closed')),
  assigned_agent_id uuid,
  unread_count integer NOT NULL DEFAULT 0 CHECK (unread_count >= 0),
  read_until timestamptz,
  last_message_id uuid,
  last_message_at timestamptz NOT NULL,
  last_inbound_at timestamptz,
  window_expires_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX chats_pair ON chats (lane, account_id, number_id, customer_id);
-- One list per number: a list over all numbers merges theirs, and a list of one number needs no index of its own.
CREATE INDEX chats_open ON chats (lane, number_id, last_message_at DESC, id DESC) WHERE state <> 'closed';
CREATE INDEX chats_closed ON chats (lane, number_id, last_message_at DESC, id DESC) WHERE state = 'closed';
CREATE INDEX chats_unread ON chats (lane, number_id, last_message_at DESC, id DESC) WHERE unread_count > 0;
CREATE INDEX chats_of_customer ON chats (lane, account_id, customer_id);
CALL hobnob_tenant_table('chats');

-- One inbound or outbound item. A status is the earliest time it was reported, so any arrival order gives the same row.
-- ``at`` is the time the thread shows: WhatsApp's timestamp for inbound, the command's time for outbound.
-- target_wamid: the message a reaction, edit or revoke speaks of, or the one a reply quotes.
CREATE TABLE messages (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  chat_id uuid NOT NULL,
  direction text NOT NULL CHECK (direction IN ('in', 'out')),
  type text NOT NULL,
  wamid text,
  at timestamptz NOT NULL,
  content jsonb NOT NULL,
  preview text NOT NULL DEFAULT '',
  target_wamid text,
  agent_id uuid,
  template_id uuid,
  category text,
  referral boolean NOT NULL DEFAULT false,
  hidden boolean NOT NULL DEFAULT false,
  queued_at timestamptz,
  sending_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  played_at timestamptz,
  failed_at timestamptz,
  error jsonb,
  pricing jsonb,
  reactions jsonb NOT NULL DEFAULT '[]',
  edited_at timestamptz,
  revoked_at timestamptz,
  raw jsonb,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX messages_wamid ON messages (lane, account_id, wamid) WHERE wamid IS NOT NULL;
CREATE INDEX messages_thread ON messages (lane, chat_id, at DESC, id DESC) WHERE NOT hidden;
CREATE INDEX messages_target ON messages (lane, account_id, target_wamid) WHERE target_wamid IS NOT NULL;
CALL hobnob_tenant_table('messages');

-- Statuses that arrived before the message they speak of was known by its WhatsApp id.
CREATE TABLE early_statuses (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  wamid text NOT NULL,
  status text NOT NULL,
  at timestamptz NOT NULL,
  body jsonb NOT NULL,
  PRIMARY KEY (lane, account_id, wamid, status)
);
CREATE INDEX early_statuses_by_time ON early_statuses (lane, at);
CALL hobnob_tenant_table('early_statuses');

-- Webhooks accepted and not yet applied: a queue per lane, oldest id first. One row holds one account's part.
CREATE TABLE webhook_events (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  received_at timestamptz NOT NULL DEFAULT now(),
  body bytea NOT NULL,
  PRIMARY KEY (lane, id)
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000, fillfactor = 100);
CALL hobnob_tenant_table('webhook_events', '', 'SELECT, INSERT, DELETE');
-- The accept path writes for many accounts in one statement and may do nothing else.
CREATE POLICY ingest_insert ON webhook_events FOR INSERT TO hobnob_ingest WITH CHECK (true);
GRANT INSERT ON webhook_events TO hobnob_ingest;

-- Webhooks that could not be applied, one row each, with the reason. Nothing is dropped; replay puts them back.
CREATE TABLE quarantined_webhooks (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  quarantined_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  error text NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (lane, id)
);
CREATE INDEX quarantined_webhooks_of_account ON quarantined_webhooks (lane, account_id, quarantined_at DESC, id DESC);
CALL hobnob_tenant_table('quarantined_webhooks', 'SELECT, DELETE', 'SELECT, INSERT, UPDATE, DELETE');

-- Sends on their way to WhatsApp. state: queued (due at due_at), sending (a request is out), doubt (a request went out,
-- no answer came: wait for a status that proves it, send again after due_at). The row leaves when WhatsApp answered.
CREATE TABLE outbox (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  number_id uuid NOT NULL,
  chat_id uuid NOT NULL,
  priority smallint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'doubt')),
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  worker text,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (lane, message_id)
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX outbox_due ON outbox (lane, due_at);
CREATE INDEX outbox_of_number ON outbox (lane, number_id, priority, created_at, message_id);
CREATE INDEX outbox_of_chat ON outbox (lane, chat_id, created_at, message_id);
CALL hobnob_tenant_table('outbox');

-- Blue ticks to be given: the newest message of a chat an agent has read. One row per chat; a newer one replaces it.
CREATE TABLE read_receipts (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  chat_id uuid NOT NULL,
  number_id uuid NOT NULL,
  wamid text NOT NULL,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  PRIMARY KEY (lane, chat_id)
);
CREATE INDEX read_receipts_due ON read_receipts (lane, due_at);
CALL hobnob_tenant_table('read_receipts');

-- Lanes with something due, asked by workers that cannot see across lanes. Security definer: they answer with lane
-- numbers and nothing else.
CREATE FUNCTION due_lanes_ingest() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l WHERE EXISTS (SELECT 1 FROM webhook_events e WHERE e.lane = l::smallint)
$$;
CREATE FUNCTION due_lanes_outbox() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM outbox o WHERE o.lane = l::smallint AND o.due_at <= now())
$$;
CREATE FUNCTION due_lanes_receipts() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM read_receipts r WHERE r.lane = l::smallint AND r.due_at <= now())
$$;
REVOKE ALL ON FUNCTION due_lanes_ingest(), due_lanes_outbox(), due_lanes_receipts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_lanes_ingest(), due_lanes_outbox(), due_lanes_receipts() TO hobnob_work;
