"""`tick`: run what time must do now; for a timer of the operating system."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from lookout.web.jobs.services import tick


class Command(BaseCommand):
    """Run all due jobs; the exit status is 1 when one failed."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run them and say what was done."""
        runs = tick(timezone.now())
        for run in runs:
            self.stdout.write(f"{run.name}: {run.error or run.done}")
        if any(run.error for run in runs):
            raise SystemExit(1)
