"""Hobnob: a self-hosted WhatsApp business desk. Each sub-package is a room; ARCHITECTURE.md is the map."""

__version__ = "0.1.0"
