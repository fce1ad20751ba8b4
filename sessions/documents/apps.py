from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Declares the acts on documents."""

    name = "sessions.documents"
    label = "documents"
    verbose_name = "Documents 文书"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import acts  # noqa: F401  (declares them)
