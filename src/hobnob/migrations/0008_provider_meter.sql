-- WhatsApp's own meter beside ours: what each delivered message should cost there, what WhatsApp said of it, and what it
-- counted per day. A projection of deliveries: all of it can be computed again, and no money of the wallet is in it.

-- News of messages not yet on the meter: written with the message or the status, in its transaction. One row holds
-- one account's part of a batch.
CREATE TABLE provider_queue (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  queued_at timestamptz NOT NULL DEFAULT now(),
  message_ids uuid[] NOT NULL,
  PRIMARY KEY (lane, id)
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);
CALL hobnob_tenant_table('provider_queue', '', 'SELECT, INSERT, DELETE');

-- When customers wrote: what the service window at a delivery is computed from.
CREATE TABLE provider_inbounds (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  chat_id uuid NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (lane, message_id)
);
CREATE INDEX provider_inbounds_of_chat ON provider_inbounds (lane, chat_id, at);
CALL hobnob_tenant_table('provider_inbounds', 'SELECT');

-- One row per delivered message. kind: what WhatsApp should call it ('conversation' while conversations were charged).
-- counter and month: which monthly count it takes a unit of. told: WhatsApp's own pricing and conversation objects.
-- class 'timing' waits until recheck_at for a price not told yet; then it is 'missing'.
CREATE TABLE provider_items (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  chat_id uuid NOT NULL,
  number_id uuid NOT NULL,
  delivered_at timestamptz NOT NULL,
  day date NOT NULL,
  country text NOT NULL,
  market text NOT NULL,
  category text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('regular', 'free_customer_service', 'free_entry_point', 'conversation', 'reaction', 'unknown')),
  billable boolean,
  outcome text NOT NULL CHECK (outcome IN ('opened', 'joined', 'charged', 'free')),
  reason text NOT NULL,
  rule text NOT NULL,
  conversation_id uuid,
  counts_in_allowance boolean NOT NULL,
  counter text,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  amount_micros bigint,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  told jsonb,
  class text NOT NULL CHECK (class IN ('match', 'timing', 'missing', 'price_differs')),
  recheck_at timestamptz,
  PRIMARY KEY (lane, message_id),
  CHECK ((class = 'timing') = (recheck_at IS NOT NULL))
);
CREATE INDEX provider_items_by_class ON provider_items (lane, account_id, class, delivered_at DESC, message_id DESC);
CREATE INDEX provider_items_counted ON provider_items (lane, account_id, counter, month, delivered_at, message_id)
  WHERE counter IS NOT NULL;
-- What may still be open in a chat when its next message is delivered.
CREATE INDEX provider_items_openings ON provider_items (lane, chat_id, delivered_at) WHERE conversation_id = message_id;
CREATE INDEX provider_items_recheck ON provider_items (lane, recheck_at) WHERE recheck_at IS NOT NULL;
CALL hobnob_tenant_table('provider_items', 'SELECT');

-- How much a counter has counted in a month, and where its steps lie: (delivered_at, message_id) is the last message below
-- the step; NULL while the month has not come to it.
CREATE TABLE provider_counters (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  counter text NOT NULL,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  quantity bigint NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (lane, account_id, counter, month)
);
CALL hobnob_tenant_table('provider_counters', 'SELECT');
CREATE TABLE provider_steps (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  counter text NOT NULL,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  from_quantity bigint NOT NULL CHECK (from_quantity >= 1),
  delivered_at timestamptz,
  message_id uuid,
  PRIMARY KEY (lane, account_id, counter, month, from_quantity),
  CHECK ((delivered_at IS NULL) = (message_id IS NULL))
);
CALL hobnob_tenant_table('provider_steps', 'SELECT');

-- Kept, never counted: what each day (of the account's time zone) should cost at WhatsApp. quantity counts messages,
-- unpriced those among them for which no card was in force.
CREATE TABLE provider_days (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  day date NOT NULL,
  number_id uuid NOT NULL,
  country text NOT NULL,
  market text NOT NULL,
  category text NOT NULL,
  kind text NOT NULL,
  class text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  quantity bigint NOT NULL CHECK (quantity >= 0),
  unpriced bigint NOT NULL CHECK (unpriced >= 0),
  amount_micros bigint NOT NULL,
  PRIMARY KEY (lane, account_id, day, number_id, country, market, category, kind, class, currency)
);
CALL hobnob_tenant_table('provider_days', 'SELECT');

-- WhatsApp's own figures (pricing_analytics) as it gave them, by day of the account's time zone.
CREATE TABLE provider_statements (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  waba_id text NOT NULL,
  day date NOT NULL,
  phone_number text NOT NULL,
  country text NOT NULL,
  category text NOT NULL,
  kind text NOT NULL,
  volume bigint NOT NULL CHECK (volume >= 0),
  cost_micros bigint,
  PRIMARY KEY (lane, account_id, waba_id, day, phone_number, country, category, kind)
);
CREATE INDEX provider_statements_by_day ON provider_statements (lane, account_id, day);
CALL hobnob_tenant_table('provider_statements', 'SELECT');

-- Where the fetching of those figures stands, per WhatsApp account: days from first_day are wanted, next_day is the next
-- one to fetch, days before settled_before will not change any more.
CREATE TABLE provider_pulls (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  waba_id text NOT NULL,
  first_day date NOT NULL,
  next_day date NOT NULL,
  settled_before date NOT NULL,
  pulled_before date NOT NULL,
  pulled_at timestamptz,
  currency text,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  PRIMARY KEY (lane, account_id, waba_id)
);
CREATE INDEX provider_pulls_due ON provider_pulls (lane, due_at);
CALL hobnob_tenant_table('provider_pulls', 'SELECT');

-- Lanes with news for the meter, or with a price that should have been told by now.
CREATE FUNCTION due_lanes_provider() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM provider_queue q WHERE q.lane = l::smallint)
     OR EXISTS (SELECT 1 FROM provider_items i WHERE i.lane = l::smallint AND i.recheck_at <= now())
  UNION
  SELECT a.lane FROM accounts a WHERE a.clock_ahead_s > 0 AND EXISTS (
    SELECT 1 FROM provider_items i WHERE i.lane = a.lane AND i.account_id = a.account_id
      AND i.recheck_at <= now() + make_interval(secs => a.clock_ahead_s))
$$;
CREATE FUNCTION due_lanes_provider_figures() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM provider_pulls p WHERE p.lane = l::smallint AND p.due_at <= now())
  UNION
  SELECT a.lane FROM accounts a WHERE a.clock_ahead_s > 0 AND EXISTS (
    SELECT 1 FROM provider_pulls p WHERE p.lane = a.lane AND p.account_id = a.account_id
      AND p.due_at <= now() + make_interval(secs => a.clock_ahead_s))
$$;
REVOKE ALL ON FUNCTION due_lanes_provider(), due_lanes_provider_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_lanes_provider(), due_lanes_provider_figures() TO hobnob_work;

-- What was delivered before there was this meter.
INSERT INTO provider_queue (lane, account_id, message_ids)
SELECT lane, account_id, array_agg(id) FROM (
  SELECT lane, account_id, id, row_number() OVER (PARTITION BY lane, account_id ORDER BY id) / 200 AS batch FROM messages
  WHERE CASE direction WHEN 'in' THEN type NOT IN ('system', 'edit', 'revoke') ELSE queued_at IS NOT NULL
    AND coalesce(delivered_at, read_at, played_at) IS NOT NULL END
) known GROUP BY lane, account_id, batch;
