-- squawk-ignore-file constraint-missing-not-valid, adding-not-nullable-field
-- Plans as they are bought, and what is used of them.

-- Plans: how many agents are possible at all (NULL: without limit), and whether one has to commit to a quantity.
ALTER TABLE plan_versions
  ADD COLUMN agents_max integer CHECK (agents_max >= 1),
  ADD COLUMN committed_only boolean NOT NULL DEFAULT false;
-- What a plan's version costs beside its fee: `included` units of a meter a month, then amount_micros for each unit_quantity.
CREATE TABLE plan_addons (
  plan text NOT NULL,
  version integer NOT NULL,
  meter text NOT NULL CHECK (meter IN ('step', 'flow_day')),
  included bigint NOT NULL DEFAULT 0 CHECK (included >= 0),
  unit_quantity bigint NOT NULL CHECK (unit_quantity >= 1),
  amount_micros bigint NOT NULL CHECK (amount_micros >= 0),
  source text NOT NULL DEFAULT '',
  PRIMARY KEY (plan, version, meter),
  FOREIGN KEY (plan, version) REFERENCES plan_versions
);
GRANT SELECT ON plan_addons TO hobnob_web, hobnob_work;

-- One row per account. Days are those of the account's time zone when they were set. `anchor` is the day all periods are
-- counted from (31 Jan, 28 Feb, 31 Mar), `period_n` the number of the running one. What will change at its end is pending;
-- migrate_version: the version of the plan that an operator moves it to then.
CREATE TABLE subscriptions (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('chosen', 'active', 'ended')),
  plan text NOT NULL,
  plan_version integer NOT NULL,
  interval text NOT NULL CHECK (interval IN ('monthly', 'yearly')),
  anchor date,
  period_n integer NOT NULL DEFAULT 0 CHECK (period_n >= 0),
  starts_on date,
  ends_on date,
  started_on date,
  seats integer NOT NULL DEFAULT 0 CHECK (seats >= 0),
  term_n integer NOT NULL DEFAULT 0,
  pending_kind text CHECK (pending_kind IN ('change', 'cancel')),
  pending_plan text,
  pending_version integer,
  pending_interval text CHECK (pending_interval IN ('monthly', 'yearly')),
  migrate_version integer,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (lane, account_id),
  CHECK ((status = 'chosen') = (anchor IS NULL)),
  CHECK ((anchor IS NULL) = (starts_on IS NULL) AND (anchor IS NULL) = (ends_on IS NULL)),
  CHECK ((pending_kind = 'change') IS NOT TRUE OR (pending_plan IS NOT NULL AND pending_version IS NOT NULL
    AND pending_interval IS NOT NULL))
);
CALL hobnob_tenant_table('subscriptions', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Which plan was in force from when on: what prices the conversations that open from then on. Only ever added to.
CREATE TABLE subscription_terms (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  n integer NOT NULL CHECK (n >= 1),
  since timestamptz NOT NULL,
  since_on date NOT NULL,
  plan text NOT NULL,
  plan_version integer NOT NULL,
  interval text NOT NULL CHECK (interval IN ('monthly', 'yearly')),
  reason text NOT NULL CHECK (reason IN ('start', 'upgrade', 'change', 'migration', 'reactivation')),
  PRIMARY KEY (lane, account_id, n)
);
CALL hobnob_tenant_table('subscription_terms', 'SELECT, INSERT', 'SELECT, INSERT');

-- The periods a fee was charged for, [starts_on, ends_on). No two of an account overlap: each names where the one before it
-- ended, which no other may name, and begins there or later.
CREATE TABLE subscription_periods (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  before date,
  plan text NOT NULL,
  plan_version integer NOT NULL,
  interval text NOT NULL CHECK (interval IN ('monthly', 'yearly')),
  fee_micros bigint NOT NULL CHECK (fee_micros >= 0),
  PRIMARY KEY (lane, account_id, starts_on),
  CHECK (ends_on > starts_on),
  CONSTRAINT subscription_periods_in_order CHECK (before <= starts_on),
  CONSTRAINT subscription_periods_end_once UNIQUE (lane, account_id, ends_on),
  CONSTRAINT subscription_periods_no_overlap UNIQUE NULLS NOT DISTINCT (lane, account_id, before),
  CONSTRAINT subscription_periods_follow FOREIGN KEY (lane, account_id, before)
    REFERENCES subscription_periods (lane, account_id, ends_on) ON UPDATE CASCADE
);
CALL hobnob_tenant_table('subscription_periods', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Work that falls due day by day: `next_day` is the account's first day that was not worked through, `due_at` its first moment.
CREATE TABLE account_days (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  next_day date NOT NULL,
  due_at timestamptz NOT NULL,
  PRIMARY KEY (lane, account_id)
);
CREATE INDEX account_days_due ON account_days (lane, due_at);
CALL hobnob_tenant_table('account_days', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- What was used, as it was reported, once per id. quarantined: why an event does not count. Never edited.
CREATE TABLE metering_events (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  meter text NOT NULL CHECK (meter IN ('step', 'flow_published', 'flow_unpublished')),
  event_id text NOT NULL CHECK (length(event_id) BETWEEN 1 AND 200),
  at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  quantity bigint NOT NULL CHECK (quantity >= 0),
  flow_id uuid,
  ready_made boolean NOT NULL DEFAULT false,
  quarantined text,
  PRIMARY KEY (lane, account_id, meter, event_id)
);
CREATE INDEX metering_events_of_flow ON metering_events (lane, account_id, flow_id, at) WHERE meter <> 'step' AND quarantined IS NULL;
CREATE INDEX metering_events_quarantined ON metering_events (lane, account_id, received_at DESC) WHERE quarantined IS NOT NULL;
CALL hobnob_tenant_table('metering_events', 'SELECT, INSERT', 'SELECT, INSERT');

-- Kept, never counted: what a calendar month used, and up to which unit it was charged.
CREATE TABLE usage_months (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  meter text NOT NULL,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  quantity bigint NOT NULL CHECK (quantity >= 0),
  charged_to bigint NOT NULL DEFAULT 0 CHECK (charged_to >= 0),
  PRIMARY KEY (lane, account_id, meter, month)
);
CALL hobnob_tenant_table('usage_months', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Which custom flows are published now, and each day on which one was: the day key is stored, so that it counts once even
-- when the account's time zone changes. revision: a day that was taken back and counted again.
CREATE TABLE flow_states (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  published boolean NOT NULL,
  PRIMARY KEY (lane, account_id, flow_id)
);
CREATE INDEX flow_states_published ON flow_states (lane, account_id) WHERE published;
CALL hobnob_tenant_table('flow_states', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');
CREATE TABLE flow_days (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  flow_id uuid NOT NULL,
  day date NOT NULL,
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  standing boolean NOT NULL,
  PRIMARY KEY (lane, account_id, flow_id, day)
);
CALL hobnob_tenant_table('flow_days', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- A promise to use so many conversations in [starts_on, ends_on) at a price; what is missing at the end is charged then.
-- replaced: a larger one took its place and its used quantity. used_before: what it inherited.
CREATE TABLE commitments (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  n integer NOT NULL CHECK (n >= 1),
  state text NOT NULL CHECK (state IN ('active', 'settled', 'replaced')),
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  monthly_quantity bigint NOT NULL CHECK (monthly_quantity >= 1),
  quantity bigint NOT NULL CHECK (quantity >= 1),
  used_before bigint NOT NULL DEFAULT 0 CHECK (used_before >= 0),
  unit_micros bigint NOT NULL CHECK (unit_micros >= 0),
  overage_micros bigint NOT NULL CHECK (overage_micros >= 0),
  shortfall_quantity bigint,
  PRIMARY KEY (lane, account_id, id),
  CHECK (ends_on > starts_on)
);
CREATE UNIQUE INDEX commitments_one_active ON commitments (lane, account_id) WHERE state = 'active';
CREATE UNIQUE INDEX commitments_numbered ON commitments (lane, account_id, n);
CALL hobnob_tenant_table('commitments', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');

-- Lanes with an account whose day has come.
CREATE FUNCTION due_lanes_subscriptions() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM account_days d WHERE d.lane = l::smallint AND d.due_at <= now())
  UNION
  SELECT a.lane FROM accounts a JOIN account_days d ON d.lane = a.lane AND d.account_id = a.account_id
  WHERE a.clock_ahead_s > 0 AND d.due_at <= now() + make_interval(secs => a.clock_ahead_s)
$$;
REVOKE ALL ON FUNCTION due_lanes_subscriptions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_lanes_subscriptions() TO hobnob_work;
