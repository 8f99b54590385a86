"""Hobnob."""
