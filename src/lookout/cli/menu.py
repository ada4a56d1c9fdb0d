"""The menu itself; each module of this package adds its commands to it."""

import typer

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Lookout 瞭望：在非法集资崩盘之前看见它，并说清为什么。",
)
