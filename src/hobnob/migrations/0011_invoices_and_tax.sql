-- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint, require-concurrent-index-creation, adding-not-nullable-field, adding-required-field
-- The books are written by the processes of one release: they stop while this changes.
-- Invoices, credit notes, tax. What is issued may be read and added to, nothing else: no role of the application has the
-- right to change or delete it.

ALTER TABLE ledger_transactions DROP CONSTRAINT ledger_transactions_kind_check;
ALTER TABLE ledger_transactions ADD CONSTRAINT ledger_transactions_kind_check CHECK (kind IN (
  'top_up', 'grant', 'hold', 'void', 'charge', 'reversal', 'expiry', 'refund', 'refund_failed', 'dispute', 'dispute_won',
  'credit_note'));

-- Who sells: the operator's company. Written by `hobnob seller`; copied into each invoice.
CREATE TABLE sellers (
  code text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,32}$'),
  legal_name text NOT NULL,
  address text NOT NULL,
  country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  state text NOT NULL DEFAULT '',
  tax_id text NOT NULL DEFAULT '',
  email text NOT NULL DEFAULT '',
  time_zone text NOT NULL,
  year_starts smallint NOT NULL DEFAULT 1 CHECK (year_starts BETWEEN 1 AND 12),
  prefix text NOT NULL CHECK (prefix ~ '^[A-Z0-9]{1,4}$'),
  credit_prefix text NOT NULL CHECK (credit_prefix ~ '^[A-Z0-9]{1,4}$' AND credit_prefix <> prefix),
  note text NOT NULL DEFAULT ''
);
-- What tax a seller charges from a day on (of the charge, in the account's time zone). single: one rate, under the name;
-- india: halves for centre and state within the seller's state, one rate across states. domestic: buyers in the seller's
-- country only. The past is immutable: a change is a rule with a later date.
CREATE TABLE tax_rules (
  seller text NOT NULL REFERENCES sellers,
  effective_from date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('none', 'single', 'india')),
  name text NOT NULL DEFAULT '' CHECK (kind <> 'single' OR name ~ '^[A-Za-z][A-Za-z ]{0,30}$'),
  rate_ppm integer NOT NULL DEFAULT 0 CHECK (rate_ppm BETWEEN 0 AND 1000000 AND (kind <> 'none' OR rate_ppm = 0)),
  domestic boolean NOT NULL DEFAULT true,
  code text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (seller, effective_from)
);
-- Every number that was given, in a row for ever: n runs from 1 without a gap in each series (seller, kind, fiscal year),
-- given under an advisory lock of that series. Sandbox accounts have series of their own.
CREATE TABLE document_numbers (
  series text NOT NULL,
  n bigint NOT NULL CHECK (n >= 1),
  number text NOT NULL UNIQUE,
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  document_id uuid NOT NULL UNIQUE,
  PRIMARY KEY (series, n)
);
CREATE INDEX document_numbers_of_lane ON document_numbers (lane);
GRANT SELECT ON sellers, tax_rules TO hobnob_web, hobnob_work;
GRANT SELECT, INSERT ON document_numbers TO hobnob_work;

-- Who buys.
CREATE TABLE billing_profiles (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  legal_name text NOT NULL,
  address text NOT NULL,
  country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  state text NOT NULL,
  tax_id text NOT NULL,
  email text NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (lane, account_id)
);
CALL hobnob_tenant_table('billing_profiles', 'SELECT, INSERT, UPDATE', 'SELECT');

-- The next month of an account to be invoiced, and when (the account's time). closing_on: the account closes, and the months
-- up to this day's are invoiced at once.
CREATE TABLE invoice_schedule (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  due_at timestamptz NOT NULL,
  closing_on date,
  PRIMARY KEY (lane, account_id)
);
CREATE INDEX invoice_schedule_due ON invoice_schedule (lane, due_at);
CALL hobnob_tenant_table('invoice_schedule', 'SELECT, UPDATE', 'SELECT, INSERT, UPDATE');
-- A wallet whose account is not on the schedule yet.
ALTER TABLE wallets ADD COLUMN invoice_scheduled boolean NOT NULL DEFAULT false;
CREATE INDEX wallets_not_scheduled ON wallets (lane, account_id) WHERE NOT invoice_scheduled;

-- An invoice covers the charges (tax left out) of its month with n <= upto_n, and those of earlier days with
-- after_n < n <= upto_n, which came late. charged_micros is what the wallet paid for them, net_micros the sum of the
-- rounded lines; the difference is the rounding. seller, buyer: as they were.
CREATE TABLE invoices (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  number text NOT NULL,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  after_n bigint NOT NULL CHECK (after_n >= 0),
  upto_n bigint NOT NULL CHECK (upto_n >= after_n),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  charged_micros bigint NOT NULL,
  net_micros bigint NOT NULL,
  tax_micros bigint NOT NULL,
  total_micros bigint NOT NULL CHECK (total_micros = net_micros + tax_micros),
  seller jsonb NOT NULL,
  buyer jsonb NOT NULL,
  sandbox boolean NOT NULL,
  time_zone text NOT NULL,
  issued_at timestamptz NOT NULL,
  issued_on date NOT NULL,
  place_of_supply text NOT NULL,
  notes text[] NOT NULL,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX invoices_one_a_month ON invoices (lane, account_id, month);
CREATE INDEX invoices_of_account ON invoices (lane, account_id, upto_n DESC);
CALL hobnob_tenant_table('invoices', 'SELECT', 'SELECT, INSERT');
CREATE TABLE invoice_lines (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  n integer NOT NULL CHECK (n >= 1),
  late boolean NOT NULL,
  meter text NOT NULL,
  category text NOT NULL,
  market text NOT NULL,
  description text NOT NULL,
  quantity bigint NOT NULL,
  unit_micros bigint,
  charged_micros bigint NOT NULL,
  amount_micros bigint NOT NULL,
  first_day date NOT NULL,
  last_day date NOT NULL,
  plan text NOT NULL,
  card text NOT NULL,
  card_version integer NOT NULL,
  card_effective_from date NOT NULL,
  tax_from date,
  PRIMARY KEY (lane, invoice_id, n),
  CHECK (first_day <= last_day)
);
CALL hobnob_tenant_table('invoice_lines', 'SELECT', 'SELECT, INSERT');
CREATE TABLE invoice_taxes (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  line_n integer NOT NULL CHECK (line_n >= 1),
  type text NOT NULL CHECK (type ~ '^[a-z_]+$'),
  name text NOT NULL,
  rate_ppm integer NOT NULL CHECK (rate_ppm >= 0),
  amount_micros bigint NOT NULL,
  PRIMARY KEY (lane, invoice_id, line_n, type)
);
CALL hobnob_tenant_table('invoice_taxes', 'SELECT', 'SELECT, INSERT');

CREATE TABLE credit_notes (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  number text NOT NULL,
  invoice_id uuid NOT NULL,
  key text NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  net_micros bigint NOT NULL CHECK (net_micros > 0),
  tax_micros bigint NOT NULL CHECK (tax_micros >= 0),
  total_micros bigint NOT NULL CHECK (total_micros = net_micros + tax_micros),
  transaction_id uuid NOT NULL,
  issued_at timestamptz NOT NULL,
  issued_on date NOT NULL,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX credit_notes_once ON credit_notes (lane, account_id, key);
CREATE INDEX credit_notes_of_invoice ON credit_notes (lane, account_id, invoice_id);
CALL hobnob_tenant_table('credit_notes', 'SELECT', 'SELECT, INSERT');
-- taxes: [type, name, rate_ppm, amount_micros] of each tax that is given back.
CREATE TABLE credit_note_lines (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  credit_note_id uuid NOT NULL,
  invoice_id uuid NOT NULL,
  line_n integer NOT NULL CHECK (line_n >= 1),
  amount_micros bigint NOT NULL CHECK (amount_micros > 0),
  taxes jsonb NOT NULL,
  PRIMARY KEY (lane, credit_note_id, line_n)
);
CREATE INDEX credit_note_lines_of_invoice ON credit_note_lines (lane, account_id, invoice_id, line_n);
CALL hobnob_tenant_table('credit_note_lines', 'SELECT', 'SELECT, INSERT');

-- The paper of an invoice or a credit note, once made for ever the same.
CREATE TABLE invoice_documents (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  pdf bytea NOT NULL,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  renderer text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (lane, id)
);
CALL hobnob_tenant_table('invoice_documents', 'SELECT, INSERT', 'SELECT, INSERT');
-- Documents still to be made and sent by e-mail.
CREATE TABLE invoice_paperwork (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
  PRIMARY KEY (lane, id)
);
CALL hobnob_tenant_table('invoice_paperwork', 'SELECT', 'SELECT, INSERT, DELETE');

-- What an account delivered in a month, for what-if: written in the order of time, so that a small index does.
CREATE INDEX conversation_deliveries_by_time ON conversation_deliveries USING brin (delivered_at);

-- When each lane's books were last proven, and how many findings there were.
CREATE TABLE lane_proofs (
  lane smallint PRIMARY KEY CHECK (lane BETWEEN 0 AND 255),
  proven_at timestamptz NOT NULL,
  findings integer NOT NULL CHECK (findings >= 0)
);
GRANT SELECT, INSERT, UPDATE ON lane_proofs TO hobnob_work;

CREATE FUNCTION due_lanes_invoices() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM wallets w WHERE w.lane = l::smallint AND NOT w.invoice_scheduled)
     OR EXISTS (SELECT 1 FROM invoice_schedule s WHERE s.lane = l::smallint AND s.due_at <= now())
     OR EXISTS (SELECT 1 FROM invoice_paperwork p WHERE p.lane = l::smallint)
  UNION
  SELECT a.lane FROM accounts a JOIN invoice_schedule s ON s.lane = a.lane AND s.account_id = a.account_id
  WHERE a.clock_ahead_s > 0 AND s.due_at <= now() + make_interval(secs => a.clock_ahead_s)
$$;
-- A lane is proven each night: once a day, in the small hours of UTC, or when a night was missed.
CREATE FUNCTION due_lanes_proof() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l LEFT JOIN lane_proofs p ON p.lane = l::smallint
  WHERE EXISTS (SELECT 1 FROM wallets w WHERE w.lane = l::smallint AND w.opened_at < now() - interval '1 day')
    AND coalesce(p.proven_at, '-infinity') < now() - CASE WHEN extract(hour FROM now() AT TIME ZONE 'UTC') BETWEEN 1 AND 4
      THEN interval '12 hours' ELSE interval '30 hours' END
$$;
REVOKE ALL ON FUNCTION due_lanes_invoices(), due_lanes_proof() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_lanes_invoices(), due_lanes_proof() TO hobnob_work;
