"""What a person keeps about companies: saved lists, and when they last looked."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A list with its filters under a name (我的视图), seen by its owner only."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Database rules."""

        ordering = ("created_at",)
        constraints = [models.UniqueConstraint(fields=("owner", "name"), name="one_view_per_name")]

    def __str__(self) -> str:
        """Return the name on its chip."""
        return self.name


class Look(models.Model):
    """What a person saw when they first opened a company's page after a run (上次查看)."""

    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="looks")
    identifier = models.CharField(max_length=120)
    run_id = models.CharField(max_length=80)
    band = models.CharField(max_length=10, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    looked_at = models.DateTimeField()

    class Meta:
        """Database rules."""

        constraints = [
            models.UniqueConstraint(fields=("viewer", "identifier", "run_id"), name="one_look_per_result")
        ]

    def __str__(self) -> str:
        """Return who looked at what."""
        return f"{self.viewer_id}:{self.identifier}"
