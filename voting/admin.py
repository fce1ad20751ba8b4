"""For system administrators, to look at only: what was put to the vote and when. Ballots and results are not here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .models import Motion, Vote


class LookOnly(admin.ModelAdmin):
    """Acts are the only writers."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Motion)
class MotionAdmin(LookOnly):
    list_display = ("no", "meeting", "preset", "shown")


@admin.register(Vote)
class VoteAdmin(LookOnly):
    list_display = ("motion", "meeting", "state", "opened_at", "closed_at", "revealed_at")
    fields = ("motion", "meeting", "state", "frozen", "roll_digest", "digest", "opened_at", "closed_at", "revealed_at")
