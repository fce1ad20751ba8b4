"""Addresses of the demo, mounted at the root of a demo data folder alone, before all others."""

from django.urls import path

from . import views

app_name = "demo"

urlpatterns = [
    path("", views.start, name="start"),
    path("demo/enter/<str:door>/", views.enter, name="enter"),
    path("demo/clock", views.move_clock, name="clock"),
]
