"""The machine door against its own description: made-up calls, good and bad, to every address of a real home.

Schemathesis reads the OpenAPI description and calls the WSGI application in this process. A server error, an
answer the description does not name, another content type, another shape or a header left out is a failure.
The home is only read: the desk's own tables, pushed files and events go to a temporary folder.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.workplace import Teller

KEY = "lki_benchmark"
# Beside those a library takes for granted: what a partner relies on.
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
)  # fmt: skip
SHOWN = 20
_numbers = count()


def main(arguments: list[str]) -> dict[str, float]:
    """Measure and return calls, failures by check, statuses, and milliseconds per call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks api", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home with a published run")
    parser.add_argument("--examples", type=int, default=50, help="made-up calls per address and kind")
    options = parser.parse_args(arguments)
    tell = Teller()
    with TemporaryDirectory(prefix="lookout-api-") as folder:
        home = Path(folder) / "home"
        _look_alike(options.home.resolve(), home)
        application = _desk(home, Path(folder))
        tell("feed")
        records = _follow()
        return _run(application, options.examples, tell) | {"records_followed": records}


def _look_alike(home: Path, made: Path) -> None:
    """Make a home that shows the same runs and takes writes of its own."""
    made.mkdir()
    for part in home.iterdir():
        if part.name in ("snapshots", "facts", "batches", "keys", "catalogue", "current.json", "current"):
            (made / part.name).symlink_to(part)


def _desk(home: Path, folder: Path) -> Any:
    os.environ.update(
        LOOKOUT_HOME=str(home),
        LOOKOUT_DEMO="1",
        LOOKOUT_DATABASE=str(folder / "desk.sqlite3"),
        LOOKOUT_SPILL=str(folder / "spill"),
        LOOKOUT_ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
        LOOKOUT_LOG_LEVEL="ERROR",
    )
    from lookout.web.manage import prepare

    prepare(demo=False)
    logging.disable(logging.WARNING)  # thousands of refused calls are what is wanted here
    from django.utils import timezone

    from lookout.web.config.wsgi import application
    from lookout.web.intake.keys import digest_of
    from lookout.web.intake.models import MachineKey
    from lookout.web.intake.scopes import KeyScope

    now = timezone.now()
    MachineKey.objects.create(
        name="benchmark", purpose="benchmark", scopes=[one.value for one in KeyScope], region="44", hint=KEY[:8],
        digest=digest_of(KEY), most_bytes=1 << 20, per_minute=10**8, per_day=10**8, made_at=now,
        expires_at=now + timedelta(days=1), source="hotline", connection="benchmark_push",
    )  # fmt: skip
    return application


def _follow() -> int:
    from django.utils import timezone

    from lookout.web.api import feed

    return feed.follow(timezone.now())


def _run(application: Any, examples: int, tell: Teller) -> dict[str, float]:
    import schemathesis
    from schemathesis.engine import events, from_schema

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    schema.config.update(headers={"Authorization": f"Bearer {KEY}"})
    schema.config.generation.update(max_examples=examples, deterministic=True)
    schema.config.checks.update(included_check_names=list(CHECKS))
    schema.config.phases.update(phases=["examples", "coverage", "fuzzing"])
    schema.hook("map_case")(_name_anew)
    failures: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    times: list[float] = []
    shown = 0
    begun = time.perf_counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            failures["error"] += 1
            print(f"{event.label}: {event.value}", file=sys.stderr)
        if not isinstance(event, events.ScenarioFinished):
            continue
        tell(str(event.phase))
        for interaction in event.recorder.interactions.values():
            if interaction.response is not None:
                statuses[interaction.response.status_code] += 1
                times.append(interaction.response.elapsed * 1000)
        for name, checks in event.recorder.checks.items():
            for check in checks:
                if check.failure_info is not None and check.name in CHECKS:
                    failures[check.name] += 1
                    if shown < SHOWN:
                        shown += 1
                        _show(event.recorder.label, check, event.recorder.interactions.get(name))
    open_to_strangers = _strangers(application, schema)
    failures["strangers"] = len(open_to_strangers)
    print("\n".join(open_to_strangers), file=sys.stderr)
    times.sort()
    return {
        "operations": len(list(schema.get_all_operations())),
        "calls": sum(statuses.values()),
        "seconds": round(time.perf_counter() - begun, 1),
        "p50_ms": round(times[len(times) // 2], 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
        "failures": sum(failures.values()),
        **{f"failures_{name}": failures[name] for name in ("error", "strangers", *CHECKS) if failures[name]},
        "server_errors": sum(found for status, found in statuses.items() if status >= 500),
        **{f"status_{status}": found for status, found in sorted(statuses.items())},
    }


def _strangers(application: Any, schema: Any) -> list[str]:
    """Call every address without a key; return those that answer anything but 401."""
    from werkzeug.test import Client

    client, found = Client(application), []
    for result in schema.get_all_operations():
        operation = result.ok()
        path = f"/api/v1{operation.path}".replace("{", "").replace("}", "").replace("receipt", "0" * 32)
        path = path.replace("/index", "/0") if "/log/" in path else path
        answer = client.open(
            path, method=operation.method.upper(), data=b"{}", content_type="application/json"
        )
        if answer.status_code != 401:
            found.append(f"{operation.method} {path}: {answer.status_code} without a key")
    return found


def _name_anew(context: Any, case: Any) -> Any:
    """Give half of the good writes a name of their own: otherwise all but the first would conflict."""
    headers = case.headers or {}
    name = str(headers.get("Idempotency-Key", ""))
    mode = getattr(getattr(case.meta, "generation", None), "mode", None)
    if name and mode is not None and mode.is_positive and next(_numbers) % 2:
        case.headers["Idempotency-Key"] = f"{name[:60]}-{next(_numbers)}"
    return case


def _show(label: str, check: Any, interaction: Any) -> None:
    request = interaction.request if interaction else None
    where = f"{request.method} {request.uri}" if request else label
    said = " ".join(str(check.failure_info.failure).split())[:600]
    print(f"{check.name}: {where}\n    {said}", file=sys.stderr)
