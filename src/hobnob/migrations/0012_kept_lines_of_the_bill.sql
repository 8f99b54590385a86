-- squawk-ignore-file adding-not-nullable-field, require-concurrent-index-creation
-- Kept, never counted: what the lines of invoices are added up from, by day, so that a draft of millions of charges is read
-- in no time. Charges up to rolled_n are in it. after_n: the last charge on an invoice when these were added, which tells what
-- came late. unit_micros is -1 where charges have no price of their own; rule is empty for conversations.
CREATE TABLE invoice_totals (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  day date NOT NULL,
  after_n bigint NOT NULL,
  meter text NOT NULL,
  category text NOT NULL,
  market text NOT NULL,
  plan text NOT NULL,
  card text NOT NULL,
  card_version integer NOT NULL,
  card_effective_from date NOT NULL,
  unit_micros bigint NOT NULL,
  rule text NOT NULL,
  quantity bigint NOT NULL,
  amount_micros bigint NOT NULL,
  PRIMARY KEY (lane, account_id, day, after_n, meter, category, market, plan, card, card_version, card_effective_from,
    unit_micros, rule)
);
CALL hobnob_tenant_table('invoice_totals', 'SELECT', 'SELECT, INSERT, UPDATE');
-- Up to which charge each account's are in it, and when to add more.
CREATE TABLE invoice_rolls (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  rolled_n bigint NOT NULL DEFAULT 0 CHECK (rolled_n >= 0),
  roll_at timestamptz NOT NULL,
  PRIMARY KEY (lane, account_id)
);
CREATE INDEX invoice_rolls_due ON invoice_rolls (lane, roll_at);
CALL hobnob_tenant_table('invoice_rolls', 'SELECT', 'SELECT, INSERT, UPDATE');

-- What is on invoices already. Everything else is added by and by.
INSERT INTO invoice_totals
SELECT lane, account_id, day, after_n, meter, category, market, plan, card, card_version, card_effective_from, unit_micros, rule,
  sum(quantity), sum(amount_micros)
FROM (
  SELECT c.lane, c.account_id, c.day, coalesce((SELECT max(b.upto_n) FROM invoices b
      WHERE b.lane = c.lane AND b.account_id = c.account_id AND b.upto_n < c.n), 0) AS after_n,
    c.meter, c.category, c.market, c.plan, c.card, c.card_version, c.card_effective_from,
    CASE WHEN c.meter = 'conversation' THEN abs(c.amount_micros) ELSE -1 END AS unit_micros,
    CASE WHEN c.meter = 'conversation' THEN '' ELSE c.rule END AS rule,
    CASE WHEN c.reverses_id IS NULL THEN c.quantity ELSE -c.quantity END AS quantity, c.amount_micros
  FROM charges c
  JOIN (SELECT lane, account_id, max(upto_n) AS upto_n FROM invoices GROUP BY lane, account_id) i
    ON i.lane = c.lane AND i.account_id = c.account_id AND c.n <= i.upto_n
  WHERE c.meter <> 'tax'
) invoiced
GROUP BY lane, account_id, day, after_n, meter, category, market, plan, card, card_version, card_effective_from, unit_micros, rule;
INSERT INTO invoice_rolls (lane, account_id, rolled_n, roll_at)
SELECT lane, account_id, max(upto_n), now() FROM invoices GROUP BY lane, account_id;
INSERT INTO invoice_rolls (lane, account_id, roll_at) SELECT lane, account_id, now() FROM invoice_schedule ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION due_lanes_invoices() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM wallets w WHERE w.lane = l::smallint AND NOT w.invoice_scheduled)
     OR EXISTS (SELECT 1 FROM invoice_schedule s WHERE s.lane = l::smallint AND s.due_at <= now())
     OR EXISTS (SELECT 1 FROM invoice_rolls r WHERE r.lane = l::smallint AND r.roll_at <= now())
     OR EXISTS (SELECT 1 FROM invoice_paperwork p WHERE p.lane = l::smallint)
  UNION
  SELECT a.lane FROM accounts a JOIN invoice_schedule s ON s.lane = a.lane AND s.account_id = a.account_id
  WHERE a.clock_ahead_s > 0 AND s.due_at <= now() + make_interval(secs => a.clock_ahead_s)
$$;
