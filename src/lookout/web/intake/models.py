"""The keys with which senders push files."""

from __future__ import annotations

from django.db import models


class IntakeKey(models.Model):
    """One sender's key (推送钥匙) for one connection; of the key itself only a keyed digest is kept.

    `minute` and `calls` count the calls of the running minute.
    """

    connection = models.CharField(max_length=41, db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    most_bytes = models.PositiveBigIntegerField()
    per_minute = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    minute = models.PositiveBigIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        """Database rules."""

        ordering = ("pk",)

    def __str__(self) -> str:
        """Return the connection and the beginning of the key."""
        return f"{self.connection} {self.hint}…"
