-- The catalogue: global, small, dated. The past is immutable: a change is a new version with a later effective_from.
-- Dates begin at 00:00 in the account's own time zone.

CREATE TABLE markets (
  prefix text NOT NULL CHECK (prefix ~ '^[0-9]{1,7}$'),
  effective_from date NOT NULL,
  market text NOT NULL,
  source text NOT NULL DEFAULT '',
  PRIMARY KEY (prefix, effective_from)
);
CREATE TABLE rate_cards (
  code text PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('plan', 'provider'))
);
-- rule_set names the predicate of what is billable while this version is in force.
CREATE TABLE rate_card_versions (
  card text NOT NULL REFERENCES rate_cards,
  version integer NOT NULL CHECK (version >= 1),
  effective_from date NOT NULL,
  rule_set text NOT NULL,
  source text NOT NULL DEFAULT '',
  PRIMARY KEY (card, version),
  UNIQUE (card, effective_from)
);
-- '*' stands for every market or every category. from_quantity: the unit of the calendar month from which the rate holds,
-- so that "5,000 included, then 0.00199" is two rows.
CREATE TABLE rates (
  card text NOT NULL,
  version integer NOT NULL,
  meter text NOT NULL,
  market text NOT NULL DEFAULT '*',
  category text NOT NULL DEFAULT '*',
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  from_quantity bigint NOT NULL DEFAULT 0 CHECK (from_quantity >= 0),
  amount_micros bigint NOT NULL CHECK (amount_micros >= 0),
  PRIMARY KEY (card, version, meter, market, category, currency, from_quantity),
  FOREIGN KEY (card, version) REFERENCES rate_card_versions
);
CREATE TABLE plans (
  code text PRIMARY KEY,
  name text NOT NULL,
  position smallint NOT NULL
);
-- NULL agents or minutes: without limit.
CREATE TABLE plan_versions (
  plan text NOT NULL REFERENCES plans,
  version integer NOT NULL CHECK (version >= 1),
  effective_from date NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  monthly_micros bigint NOT NULL CHECK (monthly_micros >= 0),
  yearly_micros bigint CHECK (yearly_micros >= 0),
  card text NOT NULL REFERENCES rate_cards,
  included_conversations bigint NOT NULL CHECK (included_conversations >= 0),
  included_agents integer CHECK (included_agents >= 0),
  extra_agent_micros bigint NOT NULL CHECK (extra_agent_micros >= 0),
  included_call_minutes integer CHECK (included_call_minutes >= 0),
  extra_call_minute_micros bigint NOT NULL CHECK (extra_call_minute_micros >= 0),
  source text NOT NULL DEFAULT '',
  PRIMARY KEY (plan, version),
  UNIQUE (plan, effective_from)
);
-- The digest of the catalogue's contents: a process keeps its parsed copy until the digest changes.
CREATE TABLE catalog_state (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  digest text NOT NULL,
  loaded_at timestamptz NOT NULL
);
GRANT SELECT ON markets, rate_cards, rate_card_versions, rates, plans, plan_versions, catalog_state TO hobnob_web, hobnob_work;

-- The wallet's row is the one lock of an account's money: whoever moves any of it holds this row first
-- (FOR NO KEY UPDATE, in account order). seq and hash are the head of the account's chain of transactions.
CREATE TABLE wallets (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  low_balance_micros bigint NOT NULL CHECK (low_balance_micros >= 0),
  version bigint NOT NULL DEFAULT 1,
  seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
  hash bytea NOT NULL DEFAULT '\x' CHECK (seq = 0 OR length(hash) = 32),
  opened_at timestamptz NOT NULL,
  PRIMARY KEY (lane, account_id)
);
CALL hobnob_tenant_table('wallets', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Cached balances of the book's accounts: credits minus debits, so what is owed to somebody is positive.
-- wallet.* and holds are owed to the customer and never below zero; receivable is owed by the customer, never above.
CREATE TABLE ledger_accounts (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  code text NOT NULL CHECK (
    code IN ('wallet.paid', 'wallet.promo', 'holds', 'receivable', 'promo_expense', 'breakage', 'rounding')
    OR code ~ '^(cash|revenue)\.[a-z_]+$'),
  balance_micros bigint NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (lane, account_id, currency, code),
  CONSTRAINT ledger_accounts_never_overdrawn
    CHECK (code NOT IN ('wallet.paid', 'wallet.promo', 'holds') OR balance_micros >= 0),
  CONSTRAINT ledger_accounts_receivable_is_a_debt CHECK (code <> 'receivable' OR balance_micros <= 0)
);
CALL hobnob_tenant_table('ledger_accounts', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- The book. Append-only: the application's roles may add and read, nothing else.
-- available_*: what the transaction did to the spendable balance, kept so that a statement is read, never computed.
-- hash = sha256(previous hash and everything this transaction says), an unbroken chain per account.
CREATE TABLE ledger_transactions (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 1),
  kind text NOT NULL CHECK (kind IN ('top_up', 'grant', 'hold', 'void', 'charge', 'reversal', 'expiry')),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  idempotency_key text NOT NULL,
  request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
  source_type text NOT NULL,
  source_id uuid,
  reverses_id uuid,
  available_micros bigint NOT NULL,
  available_after_micros bigint NOT NULL,
  effective_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  prev_hash bytea NOT NULL CHECK (seq = 1 OR length(prev_hash) = 32),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX ledger_transactions_once ON ledger_transactions (lane, account_id, idempotency_key);
CREATE UNIQUE INDEX ledger_transactions_chain ON ledger_transactions (lane, account_id, seq);
-- A transaction is reversed at most once.
CREATE UNIQUE INDEX ledger_transactions_reversed ON ledger_transactions (lane, account_id, reverses_id) WHERE reverses_id IS NOT NULL;
CALL hobnob_tenant_table('ledger_transactions', 'SELECT, INSERT', 'SELECT, INSERT');

-- Each row takes an amount from one account of the book and gives it to another of the same brand and currency. A row
-- that does not balance cannot be written down: the book sums to zero by construction.
CREATE TABLE ledger_transfers (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  transaction_id uuid NOT NULL,
  n smallint NOT NULL CHECK (n >= 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  debit text NOT NULL,
  credit text NOT NULL,
  amount_micros bigint NOT NULL CHECK (amount_micros > 0),
  PRIMARY KEY (lane, transaction_id, n),
  CHECK (debit <> credit)
);
CALL hobnob_tenant_table('ledger_transfers', 'SELECT, INSERT', 'SELECT, INSERT');

-- One top-up or grant, and what is left of it. Spent in the order of the index below.
CREATE TABLE credit_blocks (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('paid', 'promo')),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  amount_micros bigint NOT NULL CHECK (amount_micros > 0),
  remaining_micros bigint NOT NULL CHECK (remaining_micros BETWEEN 0 AND amount_micros),
  priority smallint NOT NULL DEFAULT 50 CHECK (priority BETWEEN 0 AND 100),
  effective_at timestamptz NOT NULL,
  expires_at timestamptz,
  reason text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  PRIMARY KEY (lane, id)
);
-- Consumption order: priority, soonest expiry, promotional before paid, effective, created, id.
CREATE INDEX credit_blocks_live ON credit_blocks
  (lane, account_id, priority, expires_at NULLS LAST, (kind = 'paid'), effective_at, created_at, id) WHERE remaining_micros > 0;
CREATE INDEX credit_blocks_expiring ON credit_blocks (lane, expires_at) WHERE remaining_micros > 0 AND expires_at IS NOT NULL;
CALL hobnob_tenant_table('credit_blocks', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Which blocks paid for, or got back, what: negative was taken, positive given. The sum per block is what remains of it.
CREATE TABLE block_movements (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  transaction_id uuid NOT NULL,
  n smallint NOT NULL CHECK (n >= 0),
  block_id uuid NOT NULL,
  amount_micros bigint NOT NULL CHECK (amount_micros <> 0),
  reason text NOT NULL CHECK (reason IN ('credit', 'hold', 'void', 'charge', 'reversal', 'repay', 'unrepay', 'expiry')),
  PRIMARY KEY (lane, transaction_id, n)
);
CREATE INDEX block_movements_of_block ON block_movements (lane, account_id, block_id);
CREATE INDEX block_movements_repaid ON block_movements (lane, account_id) WHERE reason IN ('repay', 'unrepay');
CALL hobnob_tenant_table('block_movements', 'SELECT, INSERT', 'SELECT, INSERT');

-- Money set aside for a message that may open a charged conversation. id is the message's.
CREATE TABLE holds (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  amount_micros bigint NOT NULL CHECK (amount_micros > 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  state text NOT NULL CHECK (state IN ('active', 'posted', 'voided', 'expired')),
  transaction_id uuid NOT NULL,
  placed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  reason text,
  PRIMARY KEY (lane, id),
  CHECK ((state = 'active') = (ended_at IS NULL))
);
CREATE INDEX holds_active ON holds (lane, expires_at) WHERE state = 'active';
CREATE INDEX holds_active_of_account ON holds (lane, account_id, expires_at) WHERE state = 'active';
CALL hobnob_tenant_table('holds', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

CREATE TABLE payments (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  idempotency_key text NOT NULL,
  method text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed', 'refunded')),
  amount_micros bigint NOT NULL CHECK (amount_micros > 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  block_id uuid,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX payments_once ON payments (lane, account_id, idempotency_key);
CREATE INDEX payments_of_account ON payments (lane, account_id, created_at DESC, id DESC);
CALL hobnob_tenant_table('payments', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- What was charged, why, by which rate. A correction is a second row with the contrary amount that names the first.
-- Append-only but for the chat and the customer it points at, which change when two customers turn out to be one.
CREATE TABLE charges (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  day date NOT NULL,
  meter text NOT NULL,
  category text NOT NULL,
  market text NOT NULL,
  amount_micros bigint NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  rule text NOT NULL,
  plan text NOT NULL,
  card text NOT NULL,
  card_version integer NOT NULL,
  card_effective_from date NOT NULL,
  position bigint NOT NULL CHECK (position >= 0),
  conversation_id uuid NOT NULL,
  revision integer NOT NULL CHECK (revision >= 1),
  message_id uuid NOT NULL,
  chat_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  customer_phone text,
  number_id uuid NOT NULL,
  transaction_id uuid,
  hold_transaction_id uuid,
  reverses_id uuid,
  PRIMARY KEY (lane, id),
  CHECK (CASE WHEN reverses_id IS NULL THEN amount_micros >= 0 ELSE amount_micros <= 0 END)
);
CREATE UNIQUE INDEX charges_once ON charges (lane, account_id, conversation_id, revision) WHERE reverses_id IS NULL;
CREATE UNIQUE INDEX charges_reversed_once ON charges (lane, account_id, reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX charges_by_time ON charges (lane, account_id, at DESC, id DESC);
CREATE INDEX charges_by_category ON charges (lane, account_id, category, at DESC, id DESC);
CREATE INDEX charges_of_chat ON charges (lane, chat_id);
CALL hobnob_tenant_table('charges', 'SELECT, INSERT', 'SELECT, INSERT');
GRANT UPDATE (chat_id, customer_id) ON charges TO hobnob_work;

-- Kept, never counted: what each day (of the account's time zone) cost.
CREATE TABLE spend_days (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  day date NOT NULL,
  meter text NOT NULL,
  category text NOT NULL,
  market text NOT NULL,
  number_id uuid NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  amount_micros bigint NOT NULL,
  quantity bigint NOT NULL,
  PRIMARY KEY (lane, account_id, day, meter, category, market, number_id, currency)
);
CALL hobnob_tenant_table('spend_days', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- How much of a meter a calendar month has used, which is the place on the card's steps: quantity is the next position,
-- free_positions are those of charges that were taken back. The next charge takes the lowest of them, so that a
-- correction costs what the corrected charge did.
CREATE TABLE meter_months (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  meter text NOT NULL,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  quantity bigint NOT NULL CHECK (quantity >= 0),
  free_positions jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (lane, account_id, meter, month)
);
CALL hobnob_tenant_table('meter_months', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Empty when the book is right. Each role sees its own part of it; the owner sees all.
CREATE VIEW ledger_unbalanced WITH (security_invoker = true) AS
  SELECT lane, account_id, currency, code, sum(cached) AS cached_micros, sum(moved) AS moved_micros
  FROM (
    SELECT lane, account_id, currency, code, balance_micros AS cached, 0::bigint AS moved FROM ledger_accounts
    UNION ALL SELECT lane, account_id, currency, credit, 0, amount_micros FROM ledger_transfers
    UNION ALL SELECT lane, account_id, currency, debit, 0, -amount_micros FROM ledger_transfers
  ) entries
  GROUP BY lane, account_id, currency, code
  HAVING sum(cached) <> sum(moved)
  UNION ALL
  SELECT lane, account_id, currency, '(all)', sum(balance_micros), 0
  FROM ledger_accounts GROUP BY lane, account_id, currency HAVING sum(balance_micros) <> 0;
GRANT SELECT ON ledger_unbalanced TO hobnob_web, hobnob_work;

-- Lanes with holds or credit whose time is over. Sandbox accounts live ahead of the machine's clock.
CREATE FUNCTION due_lanes_holds() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM holds h WHERE h.lane = l::smallint AND h.state = 'active' AND h.expires_at <= now())
     OR EXISTS (SELECT 1 FROM credit_blocks b WHERE b.lane = l::smallint AND b.remaining_micros > 0 AND b.expires_at <= now())
  UNION
  SELECT a.lane FROM accounts a WHERE a.clock_ahead_s > 0 AND (
    EXISTS (SELECT 1 FROM holds h WHERE h.lane = a.lane AND h.account_id = a.account_id AND h.state = 'active'
            AND h.expires_at <= now() + make_interval(secs => a.clock_ahead_s))
    OR EXISTS (SELECT 1 FROM credit_blocks b WHERE b.lane = a.lane AND b.account_id = a.account_id AND b.remaining_micros > 0
               AND b.expires_at <= now() + make_interval(secs => a.clock_ahead_s)))
$$;
REVOKE ALL ON FUNCTION due_lanes_holds() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_lanes_holds() TO hobnob_work;

-- The conversations room.

-- Every business message that was delivered, at the earliest time reported: what the chain of a chat is computed from.
-- WhatsApp tells whole seconds, so several may be delivered at one instant: they count in the order they were sent.
CREATE TABLE conversation_deliveries (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  chat_id uuid NOT NULL,
  number_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  customer_phone text,
  customer_user_id text,
  sent_at timestamptz NOT NULL,
  delivered_at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('template', 'free_form', 'reaction')),
  category text,
  outcome text CHECK (outcome IN ('opened', 'joined', 'free')),
  conversation_id uuid,
  PRIMARY KEY (lane, message_id),
  CHECK (outcome IS NULL OR (outcome = 'free') = (conversation_id IS NULL))
);
CREATE INDEX conversation_deliveries_chain ON conversation_deliveries (lane, chat_id, delivered_at, sent_at, message_id);
CALL hobnob_tenant_table('conversation_deliveries');

-- Customers' messages that came from a free entry point (an ad or a page's button).
CREATE TABLE conversation_referrals (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  chat_id uuid NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (lane, message_id)
);
CREATE INDEX conversation_referrals_of_chat ON conversation_referrals (lane, chat_id, at);
CALL hobnob_tenant_table('conversation_referrals');

-- A conversation is named by the message that opened it: id = opening_message_id, whatever the order of arrival.
-- revision counts how often its opening was (re)decided; a withdrawn one turned out to lie inside another.
CREATE TABLE conversations (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  chat_id uuid NOT NULL,
  number_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  category text NOT NULL,
  opened_at timestamptz NOT NULL,
  opener_sent_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revision integer NOT NULL CHECK (revision >= 1),
  withdrawn boolean NOT NULL DEFAULT false,
  amount_micros bigint,
  currency text NOT NULL,
  rule text NOT NULL,
  charge_id uuid,
  PRIMARY KEY (lane, id),
  CHECK (expires_at > opened_at)
);
CREATE UNIQUE INDEX conversations_chain ON conversations (lane, chat_id, opened_at DESC, id DESC) WHERE NOT withdrawn;
CALL hobnob_tenant_table('conversations');
