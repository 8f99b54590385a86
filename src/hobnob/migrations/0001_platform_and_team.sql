-- Tenancy: every tenant table carries lane and account_id and is declared by hobnob_tenant_table().
-- Two scalar policies (a list policy is evaluated row by row and is far slower):
--   hobnob_web  sees the account named by SET LOCAL hobnob.account
--   hobnob_work sees the lane named by SET LOCAL hobnob.lane
-- Without the setting a role sees nothing.
CREATE PROCEDURE hobnob_tenant_table(target regclass, web_rights text DEFAULT 'SELECT, INSERT, UPDATE, DELETE',
                                     work_rights text DEFAULT 'SELECT, INSERT, UPDATE, DELETE')
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format($p$CREATE POLICY web_account ON %s TO hobnob_web
    USING (account_id = nullif(current_setting('hobnob.account', true), '')::uuid)
    WITH CHECK (account_id = nullif(current_setting('hobnob.account', true), '')::uuid)$p$, target);
  EXECUTE format($p$CREATE POLICY work_lane ON %s TO hobnob_work
    USING (lane = nullif(current_setting('hobnob.lane', true), '')::smallint)
    WITH CHECK (lane = nullif(current_setting('hobnob.lane', true), '')::smallint)$p$, target);
  IF web_rights <> '' THEN EXECUTE format('GRANT %s ON %s TO hobnob_web', web_rights, target); END IF;
  IF work_rights <> '' THEN EXECUTE format('GRANT %s ON %s TO hobnob_work', work_rights, target); END IF;
END $$;

GRANT USAGE ON SCHEMA public TO hobnob_web, hobnob_work, hobnob_ingest;
GRANT SELECT ON schema_migrations TO hobnob_web, hobnob_work;

-- Global tables: what must be found before an account is known. Small; reference tables when distributed.

CREATE TABLE lane_leases (
  lane smallint PRIMARY KEY CHECK (lane BETWEEN 0 AND 255),
  worker text NOT NULL,
  expires_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON lane_leases TO hobnob_work;

-- Which account a WhatsApp object belongs to. kind: 'number' (phone number id), 'waba' (WhatsApp Business Account id).
CREATE TABLE routes (
  kind text NOT NULL CHECK (kind IN ('number', 'waba')),
  external_id text NOT NULL,
  account_id uuid NOT NULL,
  lane smallint NOT NULL,
  PRIMARY KEY (kind, external_id)
);
GRANT SELECT ON routes TO hobnob_ingest, hobnob_work;
GRANT SELECT, INSERT, DELETE ON routes TO hobnob_web;

CREATE TABLE sign_ins (
  email text PRIMARY KEY CHECK (email = lower(email)),
  agent_id uuid NOT NULL UNIQUE,
  account_id uuid NOT NULL,
  lane smallint NOT NULL,
  password_hash text NOT NULL,
  changed_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_ins TO hobnob_web;

CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY,
  agent_id uuid NOT NULL,
  account_id uuid NOT NULL,
  lane smallint NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  user_agent text NOT NULL DEFAULT ''
);
CREATE INDEX sessions_of_agent ON sessions (agent_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO hobnob_web;

-- Fixed-window counters of attempts (sign-in by e-mail and by address, code requests by number).
CREATE TABLE attempt_windows (
  key text PRIMARY KEY,
  opened_at timestamptz NOT NULL,
  attempts integer NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON attempt_windows TO hobnob_web;

-- Webhooks that no route explains. Kept raw for the operator; replayed once the number is known.
CREATE TABLE unrouted_webhooks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now(),
  owner text NOT NULL,
  body bytea NOT NULL
);
GRANT INSERT ON unrouted_webhooks TO hobnob_ingest;
GRANT SELECT, DELETE ON unrouted_webhooks TO hobnob_work;

-- The team room.

CREATE TABLE accounts (
  lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
  account_id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  time_zone text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  plan text NOT NULL,
  sandbox boolean NOT NULL DEFAULT false,
  clock_ahead_s bigint NOT NULL DEFAULT 0 CHECK (clock_ahead_s >= 0),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (lane, account_id)
);
-- Sandbox accounts whose clock runs ahead: asked for by whatever falls due.
CREATE INDEX accounts_ahead ON accounts (lane, account_id) WHERE clock_ahead_s > 0;
CALL hobnob_tenant_table('accounts');

CREATE TABLE agents (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  email text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'agent', 'limited_agent')),
  locale text NOT NULL DEFAULT 'en',
  created_at timestamptz NOT NULL,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX agents_one_owner ON agents (lane, account_id) WHERE role = 'owner';
CREATE INDEX agents_of_account ON agents (lane, account_id);
CALL hobnob_tenant_table('agents');

CREATE TABLE audit_events (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  agent_id uuid,
  action text NOT NULL,
  object_type text NOT NULL,
  object_id text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  request_id text,
  PRIMARY KEY (lane, id)
);
CREATE INDEX audit_events_of_account ON audit_events (lane, account_id, at DESC, id DESC);
CALL hobnob_tenant_table('audit_events', 'SELECT, INSERT', 'SELECT, INSERT');

-- The answer given to a command, so that the same key gives the same answer again.
CREATE TABLE idempotency_keys (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  key uuid NOT NULL,
  request_hash bytea NOT NULL,
  status smallint NOT NULL,
  response jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (lane, account_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (lane, created_at);
CALL hobnob_tenant_table('idempotency_keys');

-- Lanes with keys a day past their week: tidied in large pieces, not one by one.
CREATE FUNCTION due_lanes_tidy() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.lane = l::smallint AND k.created_at < now() - interval '8 days')
$$;
REVOKE ALL ON FUNCTION due_lanes_tidy() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_lanes_tidy() TO hobnob_work;
