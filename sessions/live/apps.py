from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "sessions.live"
    label = "live"
    verbose_name = "Live room 现场"
    default_auto_field = "django.db.models.BigAutoField"
