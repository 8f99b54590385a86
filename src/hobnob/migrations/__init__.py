"""Numbered SQL files, applied in order by ``hobnob.platform.migrate``. A file in ``checksums.txt`` is frozen: whoever has
run it would be refused an edited one. A change is a new file with the next number, and a line for it:
``sha256sum 0006_name.sql >> checksums.txt``, in this folder."""
