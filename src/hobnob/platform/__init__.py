"""The only place that knows frameworks: database, work claims, realtime, HTTP, storage, settings, telemetry.

Owns: connections and their roles, migrations, leases of lanes, the realtime hub, problem documents, files.
Does not own: any word of the business. Invariant: imports only the kernel.
"""
