"""What WhatsApp reports that no room acts on yet, kept raw: nothing is dropped, and a later release can read it."""

from __future__ import annotations

from collections.abc import Sequence

from hobnob.platform.database import Tx

from .reading import Notice

# Told twice is told once.
_KEEP = """
INSERT INTO whatsapp_notices (lane, account_id, digest, received_at, waba_id, field, value)
SELECT $1, n.account_id, n.digest, n.received_at, n.waba_id, n.field, n.value::jsonb
FROM unnest($2::uuid[], $3::bytea[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
  AS n (account_id, digest, received_at, waba_id, field, value)
ON CONFLICT DO NOTHING
"""


async def keep(tx: Tx, lane: int, notices: Sequence[Notice]) -> None:
    if notices:
        await tx.execute(
            _KEEP,
            lane,
            [notice.account_id for notice in notices],
            [notice.digest for notice in notices],
            [notice.received_at for notice in notices],
            [notice.waba_id for notice in notices],
            [notice.field for notice in notices],
            [notice.value for notice in notices],
        )
