"""Numbered SQL files, applied in order by platform.migrate."""
