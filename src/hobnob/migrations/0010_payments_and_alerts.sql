-- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint, require-concurrent-index-creation, require-concurrent-index-deletion, adding-not-nullable-field
-- The books are written by the processes of one release: they stop while this changes.
-- Payments through a gateway, what comes back of them, saved cards, automatic top-up, alerts, and letters to people.

ALTER TABLE ledger_transactions DROP CONSTRAINT ledger_transactions_kind_check;
ALTER TABLE ledger_transactions ADD CONSTRAINT ledger_transactions_kind_check CHECK (kind IN (
  'top_up', 'grant', 'hold', 'void', 'charge', 'reversal', 'expiry', 'refund', 'refund_failed', 'dispute', 'dispute_won'));
ALTER TABLE block_movements DROP CONSTRAINT block_movements_reason_check;
ALTER TABLE block_movements ADD CONSTRAINT block_movements_reason_check CHECK (reason IN (
  'credit', 'hold', 'void', 'charge', 'reversal', 'repay', 'unrepay', 'expiry', 'refund', 'dispute'));
-- A block's own statement, page by page: ids of transactions are in the order of their time.
DROP INDEX block_movements_of_block;
CREATE INDEX block_movements_of_block ON block_movements (lane, account_id, block_id, transaction_id DESC, n DESC);

-- The balance that nobody needs to look at: between low and high nothing happens. Whoever saves a wallet outside of it, or
-- adds credit, sets watch_due, and the alerts job looks and sets new bounds. watch_at (the account's time): look again then.
ALTER TABLE wallets
  ADD COLUMN watch_low_micros bigint,
  ADD COLUMN watch_high_micros bigint,
  ADD COLUMN watch_due boolean NOT NULL DEFAULT false,
  ADD COLUMN watch_at timestamptz;
UPDATE wallets SET watch_due = true;
CREATE INDEX wallets_watch_due ON wallets (lane, account_id) WHERE watch_due;
CREATE INDEX wallets_watch_at ON wallets (lane, watch_at) WHERE watch_at IS NOT NULL;

-- gateway_payment: the gateway's id, stored before any money may move. check_at (the machine's time, as the gateway lives
-- in it): when to ask the gateway next; null once nothing more can come of asking.
ALTER TABLE payments
  ADD COLUMN auto boolean NOT NULL DEFAULT false,
  ADD COLUMN card_id uuid,
  ADD COLUMN save_card boolean NOT NULL DEFAULT false,
  ADD COLUMN gateway_payment text,
  ADD COLUMN failure_code text,
  ADD COLUMN failure_reason text,
  ADD COLUMN refunded_micros bigint NOT NULL DEFAULT 0,
  ADD COLUMN disputed_micros bigint NOT NULL DEFAULT 0,
  ADD COLUMN version bigint NOT NULL DEFAULT 1,
  ADD COLUMN requested_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN check_at timestamptz,
  ADD COLUMN checks integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT payments_give_back_what_they_took CHECK (
    refunded_micros >= 0 AND disputed_micros >= 0 AND refunded_micros + disputed_micros <= amount_micros),
  ADD CONSTRAINT payments_in_force_have_a_block CHECK (
    (state IN ('succeeded', 'refunded', 'disputed')) = (block_id IS NOT NULL));
ALTER TABLE payments DROP CONSTRAINT payments_state_check;
ALTER TABLE payments ADD CONSTRAINT payments_state_check CHECK (
  state IN ('pending', 'requires_action', 'succeeded', 'failed', 'canceled', 'refunded', 'disputed'));
CREATE UNIQUE INDEX payments_of_gateway ON payments (lane, account_id, method, gateway_payment) WHERE gateway_payment IS NOT NULL;
CREATE INDEX payments_of_block ON payments (lane, account_id, block_id) WHERE block_id IS NOT NULL;
CREATE INDEX payments_to_check ON payments (lane, check_at) WHERE check_at IS NOT NULL;
-- One automatic top-up of a wallet at a time.
CREATE UNIQUE INDEX payments_one_automatic ON payments (lane, account_id) WHERE auto AND state IN ('pending', 'requires_action');

-- Money on its way back to the card. The posting is made before the gateway is asked: what is promised back cannot be
-- spent meanwhile; a refusal posts the contrary. asked: by us, or at the gateway by hand.
CREATE TABLE refunds (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  payment_id uuid NOT NULL,
  idempotency_key text NOT NULL,
  gateway_refund text,
  state text NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
  amount_micros bigint NOT NULL CHECK (amount_micros > 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  reason text NOT NULL,
  transaction_id uuid NOT NULL,
  failure_reason text,
  created_at timestamptz NOT NULL,
  check_at timestamptz,
  checks integer NOT NULL DEFAULT 0,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX refunds_once ON refunds (lane, account_id, idempotency_key);
CREATE UNIQUE INDEX refunds_of_gateway ON refunds (lane, account_id, gateway_refund) WHERE gateway_refund IS NOT NULL;
CREATE INDEX refunds_of_payment ON refunds (lane, account_id, payment_id);
CREATE INDEX refunds_to_check ON refunds (lane, check_at) WHERE check_at IS NOT NULL;
CALL hobnob_tenant_table('refunds', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Chargebacks: what the card's bank took back.
CREATE TABLE disputes (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  payment_id uuid NOT NULL,
  gateway_dispute text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'won', 'lost')),
  amount_micros bigint NOT NULL CHECK (amount_micros > 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  reason text NOT NULL,
  transaction_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX disputes_once ON disputes (lane, account_id, gateway_dispute);
CREATE INDEX disputes_open ON disputes (lane, account_id) WHERE state = 'open';
CALL hobnob_tenant_table('disputes', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Who the account is at a gateway.
CREATE TABLE gateway_customers (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  gateway text NOT NULL,
  customer text NOT NULL,
  PRIMARY KEY (lane, account_id, gateway)
);
CALL hobnob_tenant_table('gateway_customers', 'SELECT, INSERT', 'SELECT, INSERT');

-- Cards the gateway keeps for us: here stands only what a person needs to recognise one.
CREATE TABLE cards (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  gateway text NOT NULL,
  gateway_card text NOT NULL,
  brand text NOT NULL,
  last4 text NOT NULL,
  exp_month smallint NOT NULL,
  exp_year smallint NOT NULL,
  is_default boolean NOT NULL,
  created_at timestamptz NOT NULL,
  removed_at timestamptz,
  PRIMARY KEY (lane, id),
  CHECK (NOT is_default OR removed_at IS NULL)
);
CREATE UNIQUE INDEX cards_once ON cards (lane, account_id, gateway, gateway_card);
CREATE UNIQUE INDEX cards_one_default ON cards (lane, account_id) WHERE is_default;
CALL hobnob_tenant_table('cards', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Automatic top-up. state: off (by the owner, or after three declines), on, frozen (by a chargeback). period and n count
-- the month's attempts, so that each has a key of its own: autotopup:{id}:{period}:{n}.
CREATE TABLE auto_top_ups (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('off', 'on', 'frozen')),
  state_reason text,
  threshold_micros bigint NOT NULL CHECK (threshold_micros >= 0),
  mode text NOT NULL CHECK (mode IN ('target', 'fixed')),
  amount_micros bigint NOT NULL CHECK (amount_micros > 0),
  monthly_cap_micros bigint CHECK (monthly_cap_micros > 0),
  card_id uuid NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  quiet_until timestamptz,
  period date NOT NULL,
  n integer NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (lane, account_id)
);
CALL hobnob_tenant_table('auto_top_ups', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- What people want to be told, and what has been crossed: {threshold: number of the crossing}.
CREATE TABLE alert_settings (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  low_balance_micros jsonb NOT NULL,
  month_spend_micros jsonb NOT NULL,
  email boolean NOT NULL,
  crossed jsonb NOT NULL DEFAULT '{}',
  crossings integer NOT NULL DEFAULT 0,
  PRIMARY KEY (lane, account_id)
);
CALL hobnob_tenant_table('alert_settings', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- What was told, once per key; payload is a snapshot of that moment.
CREATE TABLE alerts (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  key text NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL,
  seen_at timestamptz,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX alerts_once ON alerts (lane, account_id, key);
CREATE INDEX alerts_of_account ON alerts (lane, account_id, at DESC, id DESC);
CREATE INDEX alerts_unseen ON alerts (lane, account_id) WHERE seen_at IS NULL;
CALL hobnob_tenant_table('alerts', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Letters waiting for the mail server. due_at is the machine's time.
CREATE TABLE mail_outbox (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  key text NOT NULL,
  recipient text NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  attachment_name text,
  attachment_type text,
  attachment bytea,
  state text NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  queued_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz,
  sent_at timestamptz,
  last_error text,
  PRIMARY KEY (lane, id),
  CHECK ((state = 'queued') = (due_at IS NOT NULL))
);
CREATE UNIQUE INDEX mail_outbox_once ON mail_outbox (lane, account_id, key);
CREATE INDEX mail_outbox_due ON mail_outbox (lane, due_at) WHERE state = 'queued';
CALL hobnob_tenant_table('mail_outbox', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

CREATE FUNCTION due_lanes_payments() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM payments p WHERE p.lane = l::smallint AND p.check_at <= now())
     OR EXISTS (SELECT 1 FROM refunds r WHERE r.lane = l::smallint AND r.check_at <= now())
$$;
CREATE FUNCTION due_lanes_alerts() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM wallets w WHERE w.lane = l::smallint AND w.watch_due)
     OR EXISTS (SELECT 1 FROM wallets w WHERE w.lane = l::smallint AND w.watch_at <= now())
  UNION
  SELECT a.lane FROM accounts a JOIN wallets w ON w.lane = a.lane AND w.account_id = a.account_id
  WHERE a.clock_ahead_s > 0 AND w.watch_at <= now() + make_interval(secs => a.clock_ahead_s)
$$;
CREATE FUNCTION due_lanes_mail() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM mail_outbox m WHERE m.lane = l::smallint AND m.state = 'queued' AND m.due_at <= now())
$$;
REVOKE ALL ON FUNCTION due_lanes_payments(), due_lanes_alerts(), due_lanes_mail() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_lanes_payments(), due_lanes_alerts(), due_lanes_mail() TO hobnob_work;
