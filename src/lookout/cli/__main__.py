"""Let `python -m lookout.cli` stand for the installed command."""

from lookout.cli import main

main()
