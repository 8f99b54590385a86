"""What every room stands on: database, work claims, realtime, HTTP, storage, settings, telemetry, processes.

Owns: connections and their roles, migrations, leases of lanes, the realtime hub, the edge and problem documents, files,
attempt limits, idempotency keys, the embedded PostgreSQL. Does not own: any word of the business, handlers.
Invariants: imports only the kernel; a transaction is opened, and a metric made, here and nowhere else.
"""
