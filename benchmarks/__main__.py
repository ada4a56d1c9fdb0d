"""`python -m benchmarks NAME [--test FILE] [options]`: progress on stderr, one flat JSON object on stdout.

Exit status: 0 measured, 1 could not be measured (why is on stderr), 2 called wrongly.
"""

from __future__ import annotations

import ast
import json
import pkgutil
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import benchmarks
from lookout.kernel.errors import LookoutError

HELPERS = {"__main__", "metrics", "workplace"}
USAGE = "usage: python -m benchmarks NAME [--test FILE] [options]; the options of one: NAME --help\n"


def names() -> list[str]:
    """Return the benchmarks there are."""
    return sorted(
        module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in HELPERS
    )


def summary(name: str) -> str:
    """Return the first line of a benchmark's description, without importing it."""
    folder = Path(benchmarks.__path__[0])
    file = folder / name / "__init__.py" if (folder / name).is_dir() else folder / f"{name}.py"
    return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n")[0]


def usage() -> str:
    """Return how to call this, with all benchmarks and what each measures."""
    return USAGE + "".join(f"\n  {name:9} {summary(name)}" for name in names())


def as_line(figures: Mapping[str, object]) -> str:
    """Return figures as one line of flat JSON. Raises ValueError for what is not one figure; None is left out."""
    measured = {name: value for name, value in figures.items() if value is not None}
    nested = sorted(name for name, value in measured.items() if not isinstance(value, int | float | str))
    if nested:
        raise ValueError(f"not one figure each: {', '.join(nested)}")
    return json.dumps(measured, ensure_ascii=False, allow_nan=False)


def main(arguments: list[str]) -> int:
    """Run one benchmark and print its figures. Returns the exit status."""
    name = arguments[0] if arguments else ""
    if name in ("-h", "--help"):
        print(usage())
        return 0
    if name not in names():
        print(f"no benchmark named {name!r}\n{usage()}" if name else usage(), file=sys.stderr)
        return 2
    try:
        figures = import_module(f"benchmarks.{name}").main(arguments[1:])
    except LookoutError as error:
        return _failed(name, str(error))
    except ModuleNotFoundError as error:
        return _failed(name, f"the package {error.name} is missing: pip install -e '.[dev,spark]'")
    except FileNotFoundError as error:
        return _failed(name, f"no file {error.filename}; --help tells how to name another")
    print(as_line(figures))
    return 0


def _failed(name: str, why: str) -> int:
    print(f"{name}: not measured. {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
