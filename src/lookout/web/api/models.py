"""What is kept for partners' systems: the feed of changes, calls, and notices of change on their way."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.intake.models import MachineKey


class FeedHead(models.Model):
    """The end of the feed; whoever adds to it holds this one row, so numbers become visible in their order.

    `edition` is what was published when ratings were last followed, '' for never. `stamped_at` is the newest
    time given to a row; the next one is later even when the clock was set back.
    """

    sequence = models.PositiveBigIntegerField(default=0)
    stamped_at = models.DateTimeField(null=True)
    edition = models.CharField(max_length=120, blank=True)

    class Meta:
        """Database rules."""

        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_feed_head")]

    def __str__(self) -> str:
        """Return the last number."""
        return str(self.sequence)


class FeedRow(models.Model):
    """One record in one region as partners were last told of it; it moves to the end whenever it changes.

    `digest` is that of what is told; `is_gone`: it is no more, or no longer in this region.
    """

    kind = models.CharField(max_length=12)
    identifier = models.CharField(max_length=120)
    region = models.CharField(max_length=6)
    digest = models.CharField(max_length=64)
    is_gone = models.BooleanField(default=False)
    sequence = models.PositiveBigIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        """Database rules."""

        constraints = [
            models.UniqueConstraint(fields=("kind", "identifier", "region"), name="one_feed_row_per_record"),
            models.UniqueConstraint(fields=("kind", "sequence"), name="feed_order"),
        ]
        indexes = [models.Index(fields=("kind", "updated_at"), name="feed_by_time")]

    def __str__(self) -> str:
        """Return kind and record."""
        return f"{self.kind} {self.identifier}"


class ReadTally(models.Model):
    """What one key read of one kind in one hour: goes on record as one entry when the hour is over.

    `hour` is the hour since 1970, `rows` how many records were handed over.
    """

    key = models.ForeignKey(MachineKey, on_delete=models.PROTECT, related_name="tallies")
    resource = models.CharField(_("资源"), max_length=30)
    hour = models.PositiveIntegerField()
    calls = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        """Database rules."""

        constraints = [
            models.UniqueConstraint(fields=("key", "resource", "hour"), name="one_tally_per_key_and_hour")
        ]
        indexes = [models.Index(fields=("recorded_at", "hour"), name="tallies_to_record")]

    def __str__(self) -> str:
        """Return whose, what and when."""
        return f"{self.key_id} {self.resource} {self.hour}"


class IdempotentCall(models.Model):
    """One write with the partner's own key for it: the same again gets the same answer.

    `status` is 0 while it is being done.
    """

    key = models.ForeignKey(MachineKey, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        """Database rules."""

        constraints = [models.UniqueConstraint(fields=("key", "name"), name="one_call_per_idempotency_key")]

    def __str__(self) -> str:
        """Return the partner's key."""
        return self.name


class Hook(models.Model):
    """Where a partner's system wants to be told of changes (变动通知).

    `sequence` is how far of the feed it has been told. `sealed_secret` signs what is sent. It is told nothing
    while `paused_at` is set, and everything since when it goes on.
    """

    key = models.ForeignKey(
        MachineKey, on_delete=models.PROTECT, related_name="hooks", verbose_name=_("钥匙")
    )
    url = models.CharField(_("接收网址"), max_length=500)
    kinds = models.JSONField(_("通知哪些变动"), default=list)
    sealed_secret = models.BinaryField()
    sequence = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField(_("建立时间"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    paused_at = models.DateTimeField(_("暂停时间"), null=True)
    delivered_at = models.DateTimeField(_("最近送达"), null=True)

    class Meta:
        """Database rules."""

        verbose_name = _("变动通知")
        ordering = ("pk",)

    def __str__(self) -> str:
        """Return where it goes."""
        return self.url


class HookDelivery(models.Model):
    """One notice on its way to one receiver. `dead_at`: given up after the last try; a person may send it again."""

    hook = models.ForeignKey(Hook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.CharField(_("通知编号"), max_length=40, unique=True)
    kind = models.CharField(_("类别"), max_length=12)
    payload = models.JSONField()
    made_at = models.DateTimeField(_("产生时间"))
    tries = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    next_try_at = models.DateTimeField(_("下次再试"))
    delivered_at = models.DateTimeField(_("送达时间"), null=True)
    dead_at = models.DateTimeField(_("放弃时间"), null=True)
    status = models.PositiveSmallIntegerField(_("对方回应"), default=0)
    problem = models.CharField(_("问题"), max_length=300, blank=True)

    class Meta:
        """Database rules."""

        verbose_name = _("通知")
        ordering = ("-pk",)
        indexes = [models.Index(fields=("delivered_at", "dead_at", "next_try_at"), name="hooks_to_send")]

    def __str__(self) -> str:
        """Return its number."""
        return self.event
