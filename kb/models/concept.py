"""Concepts: what they are, what to know first, what to read, and where they are spoken of."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kb.models.written import Written


class Level(models.TextChoices):
    """For whom something is."""

    BEGINNER = "beginner", _("beginner")
    PRACTITIONER = "practitioner", _("practitioner")
    RESEARCH = "research", _("research")


class Concept(Written):
    """Something that one can know. Text is Markdown."""

    name = models.CharField(max_length=200, unique=True)
    aliases = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Objects with a name and whether it is ambiguous: other names and acronyms."),
    )
    ambiguous = models.BooleanField(
        default=False,
        help_text=_("The name itself is an ordinary word, or means other things too."),
    )
    summary = models.CharField(max_length=300, blank=True, help_text=_("One line."))
    body = models.TextField(blank=True)
    level = models.CharField(max_length=12, choices=Level, default=Level.PRACTITIONER)
    goals = models.JSONField(default=list, blank=True, help_text=_("What one can do who knows it."))
    open_questions = models.JSONField(default=list, blank=True)
    needs: models.ManyToManyField[Concept, Prerequisite] = models.ManyToManyField(
        "self", symmetrical=False, through="Prerequisite", related_name="enables"
    )
    related = models.ManyToManyField("self", blank=True)
    # empty: the articles wait to be searched for its names
    linked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this concept."""
        return reverse("concept", args=[self.slug])


class Prerequisite(models.Model):
    """What must be known first. The graph has no cycle (kb.services.concepts)."""

    concept = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="prerequisites")
    needed = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="dependents")

    class Meta:
        ordering = ("concept", "needed__name")
        constraints = [
            models.UniqueConstraint(fields=["concept", "needed"], name="one_prerequisite_a_pair"),
            models.CheckConstraint(
                condition=~models.Q(concept=models.F("needed")), name="no_concept_needs_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.concept} needs {self.needed}"


class Resource(models.Model):
    """Facts about something to learn from or to work with; our words about it stand elsewhere."""

    class Kind(models.TextChoices):
        COURSE = "course", _("course")
        LECTURE = "lecture", _("lecture")
        BOOK = "book", _("book")
        PAPER = "paper", _("paper")
        TUTORIAL = "tutorial", _("tutorial")
        TOOLKIT = "toolkit", _("toolkit")
        DATASET = "dataset", _("dataset")
        MODEL = "model", _("model")
        ARTICLE = "article", _("article")
        PODCAST = "podcast", _("podcast")
        PRODUCT = "product", _("product")
        COMMUNITY = "community", _("community")

    slug = models.SlugField(max_length=100, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    title = models.CharField(max_length=500)
    authors = models.JSONField(default=list, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    venue = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=100, blank=True)
    url = models.CharField(max_length=2000)
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text=_("How long it takes."))
    article = models.ForeignKey(
        "Article", null=True, blank=True, on_delete=models.SET_NULL, related_name="resources"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    starter_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of this resource."""
        return reverse("resource", args=[self.slug])


class ConceptResource(models.Model):
    """Why a resource is good for a concept."""

    concept = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="resources")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="concepts")
    why = models.TextField(blank=True, help_text=_("Markdown."))
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("concept", "position", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["concept", "resource"], name="one_concept_resource_a_pair"
            )
        ]

    def __str__(self) -> str:
        return f"{self.concept}: {self.resource}"


class Mention(models.Model):
    """An article that speaks of a concept, and the sentence that shows it best."""

    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="mentions")
    concept = models.ForeignKey(Concept, on_delete=models.CASCADE, related_name="mentions")
    name = models.CharField(max_length=200, help_text=_("As the article writes it."))
    sentence = models.TextField()
    count = models.PositiveIntegerField(default=1)
    score = models.FloatField(default=1.0, help_text=_("How sure we are that it is this concept."))

    class Meta:
        ordering = ("-article", "-score")
        constraints = [
            models.UniqueConstraint(fields=["article", "concept"], name="one_mention_a_pair")
        ]

    def __str__(self) -> str:
        return f"{self.concept} in {self.article_id}"
