"""Every address of the product, room by room."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("office/", include("sessions.halls.urls")),
    path("", include("sessions.documents.urls")),
    path("", include("sessions.live.urls")),
    path("admin/", admin.site.urls),
]
