"""``python -m hobnob.bench NAME [--json]``: the same as ``hobnob bench``, without the rest of the command line."""

import sys

from .harness import run

if __name__ == "__main__":
    run(sys.argv[1], as_json="--json" in sys.argv)
