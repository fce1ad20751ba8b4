from django.urls import path

from . import views

app_name = "documents"
urlpatterns = [
    path("archive/", views.archive, name="archive"),
    path("archive/<int:pk>/", views.document, name="document"),
    path("archive/<int:pk>/file.pdf", views.file, name="file"),
    path("verify/", views.verify, name="verify"),
    path("verify/authority.pem", views.authority, name="authority"),
    path("room/<uuid:stream>/documents/", views.of_meeting, name="of_meeting"),
    path("v/<int:pk>-<str:code>", views.check, name="check"),
]
