"""What the office's page of a hall shows of its meetings."""

from __future__ import annotations

from django import template
from django.db.models import QuerySet

from sessions.halls.models import Hall
from sessions.meetings.models import Meeting

register = template.Library()


@register.simple_tag
def meetings_of(hall: Hall) -> QuerySet[Meeting]:
    """The meetings of a hall, the newest first."""
    return Meeting.objects.filter(hall=hall).order_by("-starts_at")
