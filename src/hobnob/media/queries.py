"""SQL of the media room."""

INSERT_INCOMING = """
INSERT INTO media (lane, account_id, id, direction, state, mime_type, sha256, filename, whatsapp_media_id,
                   whatsapp_expires_at, message_id, phone_number_id, source_url, due_at, created_at)
SELECT $1, r.account_id, r.id, 'in', 'pending', r.mime_type, r.sha256, r.filename, r.whatsapp_media_id,
       r.expires_at, r.message_id, r.phone_number_id, r.url, $12, $12
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bytea[],
            $10::text[], $11::text[])
  AS r (account_id, id, message_id, whatsapp_media_id, mime_type, phone_number_id, expires_at, sha256, filename, url)
ON CONFLICT (lane, id) DO NOTHING
"""

VIEWS = """
SELECT id, mime_type, size_bytes, filename, width, height, state, thumbnail_key, error
FROM media WHERE lane = $1 AND id = ANY ($2::uuid[])
"""

_STORED = """
SELECT id, mime_type, size_bytes, filename, width, height, storage_key, thumbnail_key, sha256, whatsapp_media_id,
       whatsapp_expires_at, phone_number_id, state
FROM media
"""
ONE = _STORED + "WHERE lane = $1 AND account_id = $2 AND id = $3"
MANY_OF_LANE = _STORED + "WHERE lane = $1 AND id = ANY ($2::uuid[]) AND state = 'stored'"

INSERT_UPLOADED = """
INSERT INTO media (lane, account_id, id, direction, state, mime_type, size_bytes, sha256, filename, width, height,
                   storage_key, thumbnail_key, created_at)
VALUES ($1, $2, $3, 'out', 'stored', $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""

NOTE_UPLOADS = """
UPDATE media m SET whatsapp_media_id = u.whatsapp_media_id, whatsapp_expires_at = u.expires_at,
                   phone_number_id = u.phone_number_id
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
  AS u (id, whatsapp_media_id, phone_number_id, expires_at)
WHERE m.lane = $1 AND m.id = u.id
"""

# The rows are put off by the time a fetch may take: a worker that dies leaves them due again.
CLAIM = """
UPDATE media m SET attempts = m.attempts + 1, due_at = $4
FROM (SELECT id FROM media WHERE lane = $1 AND state = 'pending' AND due_at <= $2 ORDER BY due_at LIMIT $3) d
WHERE m.lane = $1 AND m.id = d.id
RETURNING m.account_id, m.id, m.message_id, m.whatsapp_media_id, m.phone_number_id, m.source_url, m.mime_type,
          m.sha256, m.whatsapp_expires_at, m.attempts
"""

RECORD = """
UPDATE media m SET state = r.state, error = r.error, due_at = r.due_at,
  mime_type = coalesce(r.mime_type, m.mime_type), size_bytes = coalesce(r.size_bytes, m.size_bytes),
  sha256 = coalesce(r.sha256, m.sha256), width = r.width, height = r.height, storage_key = r.storage_key,
  thumbnail_key = r.thumbnail_key
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::bigint[], $8::bytea[],
            $9::integer[], $10::integer[], $11::text[], $12::text[])
  AS r (id, state, error, due_at, mime_type, size_bytes, sha256, width, height, storage_key, thumbnail_key)
WHERE m.lane = $1 AND m.id = r.id AND m.state = 'pending'
RETURNING m.message_id
"""
