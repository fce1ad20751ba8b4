from django.apps import AppConfig


class VotingConfig(AppConfig):
    """Freezes the rolls in the database and declares the acts."""

    name = "voting"
    label = "voting"
    verbose_name = "Voting 表决"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sessions.record.triggers import guard_table

        from . import acts  # noqa: F401  (declares them)

        guard_table("voting_mandate")
        guard_table("voting_holder")
