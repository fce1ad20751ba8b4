"""Addresses of the office 办公室, mounted at /office/."""

from django.urls import path

from . import views
from .sign_in import SignIn, sign_out

app_name = "office"

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_out, name="sign_out"),
    path("hall/<int:hall_id>/", views.hall, name="hall"),
    path("hall/<int:hall_id>/roster/", views.roster, name="roster"),
    path("hall/<int:hall_id>/roster/<str:token>/", views.roster_preview, name="roster_preview"),
]
