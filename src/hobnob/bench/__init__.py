"""Benchmarks that anybody can repeat: ``hobnob bench NAME``.

Each measures the product through its real entrance, with processes of its own on a throw-away PostgreSQL that is as
durable as in production, and beside it, in the same run, the bare limit: what the machine does with nothing of ours.
``value`` is the headline figure, ``ratio`` is value / limit.
"""
