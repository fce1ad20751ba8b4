from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Holds the management commands; it has no models."""

    name = "project"
    label = "project"
    verbose_name = "Project"
