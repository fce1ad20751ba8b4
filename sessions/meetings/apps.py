from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    """Declares the acts of a meeting when Django is ready."""

    name = "sessions.meetings"
    label = "meetings"
    verbose_name = "Meetings 会议"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import acts  # noqa: F401  (importing declares)
