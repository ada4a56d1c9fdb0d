"""When each job last ran."""

from __future__ import annotations

from django.db import models


class JobRun(models.Model):
    """The newest run of one job. `error` is '' after success; `done` counts what it did."""

    name = models.CharField(max_length=60, unique=True)
    ran_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        """Return the name."""
        return self.name
