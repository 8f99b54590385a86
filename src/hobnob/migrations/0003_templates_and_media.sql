CREATE TABLE templates (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  waba_id text NOT NULL,
  whatsapp_template_id text NOT NULL,
  name text NOT NULL,
  language text NOT NULL,
  category text NOT NULL,
  status text NOT NULL,
  quality text,
  rejected_reason text,
  parameter_format text NOT NULL DEFAULT 'POSITIONAL',
  components jsonb NOT NULL,
  synced_at timestamptz NOT NULL,
  PRIMARY KEY (lane, id)
);
CREATE UNIQUE INDEX templates_whatsapp_id ON templates (lane, account_id, whatsapp_template_id);
CREATE INDEX templates_by_name ON templates (lane, account_id, name, language);
CALL hobnob_tenant_table('templates');

-- When an account's templates are next compared with what Meta holds.
CREATE TABLE template_syncs (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  PRIMARY KEY (lane, account_id)
);
CREATE INDEX template_syncs_due ON template_syncs (lane, due_at);
CALL hobnob_tenant_table('template_syncs');

-- A file a customer sent or an agent uploads. state: pending (to be fetched from WhatsApp), stored, failed (error says why).
CREATE TABLE media (
  lane smallint NOT NULL,
  account_id uuid NOT NULL,
  id uuid NOT NULL,
  direction text NOT NULL CHECK (direction IN ('in', 'out')),
  state text NOT NULL CHECK (state IN ('pending', 'stored', 'failed')),
  mime_type text NOT NULL,
  size_bytes bigint,
  sha256 bytea,
  filename text,
  width integer,
  height integer,
  storage_key text,
  thumbnail_key text,
  whatsapp_media_id text,
  whatsapp_expires_at timestamptz,
  message_id uuid,
  phone_number_id text,
  source_url text,
  due_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  error text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (lane, id)
);
CREATE INDEX media_due ON media (lane, due_at) WHERE state = 'pending';
CALL hobnob_tenant_table('media');

CREATE FUNCTION due_lanes_media() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM media m WHERE m.lane = l::smallint AND m.state = 'pending' AND m.due_at <= now())
$$;
CREATE FUNCTION due_lanes_templates() RETURNS SETOF smallint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT l::smallint FROM generate_series(0, 255) l
  WHERE EXISTS (SELECT 1 FROM template_syncs s WHERE s.lane = l::smallint AND s.due_at <= now())
$$;
REVOKE ALL ON FUNCTION due_lanes_media(), due_lanes_templates() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_lanes_media(), due_lanes_templates() TO hobnob_work;
