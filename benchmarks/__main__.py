"""`python -m benchmarks NAME [--test FILE] [options]`: progress on stderr, one flat JSON object on stdout."""

from __future__ import annotations

import json
import pkgutil
import sys
from importlib import import_module

import benchmarks

HELPERS = {"__main__", "metrics", "workplace"}


def names() -> list[str]:
    """Return the benchmarks there are."""
    return sorted(
        module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in HELPERS
    )


def main(arguments: list[str]) -> int:
    """Run one benchmark and print its figures. Returns the exit status."""
    if not arguments or arguments[0] not in names():
        print(f"usage: python -m benchmarks {{{','.join(names())}}} [--test FILE] [options]", file=sys.stderr)
        return 2
    figures = import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
