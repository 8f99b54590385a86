"""How wide rows travel to PostgreSQL: as one JSON text per statement, taken apart there by ``json_to_recordset``.

Measured with rows of 14 columns, against an array per column: Python 1.8 instead of 5.6 microseconds a row, PostgreSQL
4.7 instead of 2.3. What is looked up by one or two columns still travels as arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

_encoder = msgspec.json.Encoder()


def rows_json(rows: Sequence[Struct]) -> str:
    """The rows as a JSON array. Members left out (``omit_defaults``) are null there."""
    return _encoder.encode(rows).decode()
