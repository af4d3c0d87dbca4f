"""Chainable reads over sources: each method is one sentence of policy."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

from sources.viewers import Viewer
from sources.vocabulary import CaptureState, PageChange

if TYPE_CHECKING:
    from sources.models import Agent, Capture, Extraction, Recapture, Snapshot, Source  # noqa: F401 - in the bases, as strings


class AgentQuerySet(models.QuerySet["Agent"]):
    """Agents."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Agents named by something public, and those that the viewer named first."""
        if viewer.is_curator:
            return self
        return self.filter(Q(public_since__isnull=False) | Q(created_by__in=viewer.account_ids))

    def standing(self) -> Self:
        """All but those that were merged into another one."""
        return self.filter(merged_into=None)


class SourceQuerySet(models.QuerySet["Source"]):
    """Sources."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Sources that a published claim cites, and those that the viewer submitted."""
        if viewer.is_curator:
            return self
        if viewer.is_anonymous:
            return self.filter(public_since__isnull=False)
        submitted = self.model.submitters.through.objects.filter(
            source_id=OuterRef("pk"), user_id__in=viewer.account_ids
        )
        return self.filter(Q(public_since__isnull=False) | Exists(submitted))

    def standing(self) -> Self:
        """All but those that were merged into another one."""
        return self.filter(merged_into=None)

    def followed(self, **named: Any) -> Self:
        """The one that is named so, or the one that this was merged into."""
        found = self.model.objects.filter(**named).order_by()
        return self.filter(pk__in=found.values(stands=Coalesce("merged_into", "pk")))

    def merged(self) -> Self:
        """Sources that were merged into another one."""
        return self.filter(merged_into__isnull=False)

    def with_merged(self, ids: Iterable[int]) -> Self:
        """These sources, and those that were merged into them: the snapshots of all show one work."""
        ids = list(ids)
        return self.filter(Q(pk__in=ids) | Q(merged_into__in=ids))


def _of_work(ids: Iterable[int]) -> Q:
    from sources.models import Source

    return Q(source__in=Source.objects.with_merged(ids).order_by().values("pk"))


class RecaptureQuerySet(models.QuerySet["Recapture"]):
    """When sources are captured again."""

    def due(self) -> Self:
        """Those whose time has come, of sources that a published claim cites and that were not merged away."""
        shown = Q(source__public_since__isnull=False, source__merged_into=None, source__url__isnull=False)
        return self.filter(shown, due_at__lte=Now())


class CaptureQuerySet(models.QuerySet["Capture"]):
    """Captures."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Captures of visible sources."""
        return self.filter(_source_visible_to(viewer))

    def of_works(self, ids: Iterable[int]) -> Self:
        """Those of these sources and of what was merged into them, each with `work_id`: the one that stands."""
        return self.filter(_of_work(ids)).annotate(
            work_id=Coalesce("source__merged_into", "source", output_field=models.BigIntegerField())
        )

    def with_read(self) -> Self:
        """Each with `read`: whether what it brought was read by now, in whatever version."""
        from sources.models import Extraction

        return self.annotate(read=Exists(Extraction.objects.filter(snapshot__capture=OuterRef("pk"))))

    def open(self) -> Self:
        """Captures that are not done: at most one a source."""
        return self.exclude(state=CaptureState.DONE)

    def newest_of(self, sources: Collection[int]) -> Self:
        """The newest capture of each of these sources that has one."""
        own = self.of_works(sources).order_by()
        newest = own.values("work_id").annotate(newest=Max("pk")).values("newest")
        return self.of_works(sources).filter(pk__in=newest)

    def ready(self) -> Self:
        """Captures that a worker may lease now, by database time: due, or running past their lease."""
        due = Q(state__in=[CaptureState.QUEUED, CaptureState.WAITING], due_at__lte=Now())
        lapsed = Q(state=CaptureState.RUNNING, lease_until__lt=Now())
        return self.filter(due | lapsed)


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Snapshots."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Snapshots of visible sources."""
        return self.filter(_source_visible_to(viewer))

    def of_works(self, ids: Iterable[int]) -> Self:
        """Those of these sources and of what was merged into them, each with `work_id`: the one that stands."""
        return self.filter(_of_work(ids)).annotate(
            work_id=Coalesce("source__merged_into", "source", output_field=models.BigIntegerField())
        )

    def newest_first(self) -> Self:
        """In the order in which they were seen, latest first."""
        return self.order_by("-captured_at", "-id")

    def without_extraction(self, extractor: str) -> Self:
        """Snapshots that this extractor has not read yet, failed tries included among the read ones."""
        from sources.models import Extraction

        read = Extraction.objects.filter(snapshot_id=OuterRef("pk"), extractor=extractor)
        return self.filter(~Exists(read))

    def without_text(self, extractor: str) -> Self:
        """Snapshots that this extractor has read no text out of, whether it tried or not."""
        from sources.models import Extraction

        texts = Extraction.objects.readable().filter(snapshot_id=OuterRef("pk"), extractor=extractor)
        return self.filter(~Exists(texts))

    def broken_off(self, extractor: str) -> Self:
        """Snapshots at which this extractor's newest attempt was broken off."""
        from sources.models import Extraction

        attempts = Extraction.objects.filter(snapshot_id=OuterRef("pk")).newest_by(extractor)
        return self.alias(broke_off=Subquery(attempts.values("broke_off")[:1])).filter(broke_off=True)


class ExtractionQuerySet(models.QuerySet["Extraction"]):
    """Extractions."""

    def readable(self) -> Self:
        """Extractions that gave a text: of one extractor at most one a snapshot."""
        return self.filter(error="")

    def newest_by(self, extractor: str) -> Self:
        """The attempts of this extractor, the newest first: the one that counts, as none follows a text."""
        return self.filter(extractor=extractor).order_by("-attempt")

    def of_pages(self) -> Self:
        """Readable ones of the page itself: no wall before it (see `comparing`)."""
        from sources.models import Comparison

        blocked = Comparison.objects.filter(
            snapshot=OuterRef("snapshot"), extractor=OuterRef("extractor"), change=PageChange.BLOCKED
        )
        return self.readable().filter(~Exists(blocked))

    def newest_first(self) -> Self:
        """In the order in which their snapshots were seen, latest first."""
        return self.order_by("-snapshot__captured_at", "-snapshot_id")


def _source_visible_to(viewer: Viewer) -> Q:
    from sources.models import Source

    if viewer.is_curator:
        return Q()
    return Q(source__in=Source.objects.visible_to(viewer))
