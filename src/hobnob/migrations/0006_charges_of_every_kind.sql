-- squawk-ignore-file ban-drop-not-null, constraint-missing-not-valid, ban-drop-constraint, require-concurrent-index-creation, adding-not-nullable-field, adding-serial-primary-key-field
-- The bill is written by the processes of one release: they stop while it changes.
-- Charges of every kind: besides conversations also plans, agents, flow-days, steps, commitments and tax, which have no
-- message, chat, customer or number. Those are known by `item`, a stable key such as plan_fee:{subscription}:{period}.
ALTER TABLE charges
  ALTER COLUMN conversation_id DROP NOT NULL,
  ALTER COLUMN message_id DROP NOT NULL,
  ALTER COLUMN chat_id DROP NOT NULL,
  ALTER COLUMN customer_id DROP NOT NULL,
  ALTER COLUMN number_id DROP NOT NULL,
  ADD COLUMN item text,
  ADD COLUMN flow_id uuid,
  ADD COLUMN quantity bigint NOT NULL DEFAULT 1,
  -- The account's n-th line of the bill, without a gap, given under the wallet's lock: "all up to n" is a set that never changes.
  ADD COLUMN n bigint;
WITH numbered AS (
  SELECT lane, id, row_number() OVER (PARTITION BY lane, account_id ORDER BY recorded_at, id) AS n FROM charges
)
UPDATE charges c SET n = numbered.n FROM numbered WHERE c.lane = numbered.lane AND c.id = numbered.id;
ALTER TABLE charges ALTER COLUMN n SET NOT NULL;
ALTER TABLE charges
  ADD CONSTRAINT charges_are_known_by_one_key CHECK ((meter = 'conversation') = (conversation_id IS NOT NULL)
    AND (conversation_id IS NULL) = (item IS NOT NULL)),
  ADD CONSTRAINT charges_of_conversations_are_whole CHECK (conversation_id IS NULL
    OR (message_id IS NOT NULL AND chat_id IS NOT NULL AND customer_id IS NOT NULL AND number_id IS NOT NULL)),
  ADD CONSTRAINT charges_have_a_quantity CHECK (quantity >= 0);
CREATE UNIQUE INDEX charges_items_once ON charges (lane, account_id, item, revision)
  WHERE item IS NOT NULL AND reverses_id IS NULL;
CREATE UNIQUE INDEX charges_numbered ON charges (lane, account_id, n);
CREATE INDEX charges_by_day ON charges (lane, account_id, day, n);
CREATE INDEX charges_by_meter ON charges (lane, account_id, meter, at DESC, id DESC);

ALTER TABLE wallets ADD COLUMN charge_count bigint NOT NULL DEFAULT 0 CHECK (charge_count >= 0);
UPDATE wallets w SET charge_count = c.count
FROM (SELECT lane, account_id, count(*) FROM charges GROUP BY lane, account_id) c
WHERE w.lane = c.lane AND w.account_id = c.account_id;

-- The nil id stands for "no number" and "no flow": a key has no NULL.
ALTER TABLE spend_days ADD COLUMN flow_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE spend_days DROP CONSTRAINT spend_days_pkey;
ALTER TABLE spend_days ADD PRIMARY KEY (lane, account_id, day, meter, category, market, number_id, flow_id, currency);

ALTER TABLE ledger_accounts DROP CONSTRAINT ledger_accounts_code_check;
ALTER TABLE ledger_accounts ADD CONSTRAINT ledger_accounts_code_check CHECK (
  code IN ('wallet.paid', 'wallet.promo', 'holds', 'receivable', 'promo_expense', 'breakage', 'rounding')
  OR code ~ '^(cash|revenue|tax_payable)\.[a-z_]+$');
