"""Every address of the product, room by room."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from project.health import healthz
from project.language import choose

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("choose", choose, name="choose"),
    path("office/", include("sessions.halls.urls")),
    path("", include("sessions.documents.urls")),
    path("", include("sessions.live.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.insert(0, path("", include("project.demo.urls")))

handler400 = "project.oops.bad_request"
handler403 = "project.oops.forbidden"
handler404 = "project.oops.not_found"
handler500 = "project.oops.server_error"
