from django.apps import AppConfig


class HallsConfig(AppConfig):
    name = "sessions.halls"
    label = "halls"
    verbose_name = "Halls 议事厅"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import acts  # noqa: F401
        from .tree import keep_paths

        keep_paths()
