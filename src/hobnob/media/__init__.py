"""Files: what customers send and what agents upload.

Owns: the rows of ``media`` and the bytes behind them in the store; fetching from WhatsApp, thumbnails, type and size
limits, serving. Does not own: messages (they name a file by its id), WhatsApp's upload ids of other rooms.

Invariants:
- A file's type is what its bytes say, never what its name or its sender says.
- A file of one account is never served to another: every read names the account.
- A pending file is tried until WhatsApp no longer has it; then it is failed, with the reason.
- The bytes are written before the row says ``stored``.
"""
