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
