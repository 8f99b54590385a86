"""``python -m hobnob``: the same as the ``hobnob`` command."""

from hobnob.cli import main

main()
