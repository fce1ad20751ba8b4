from django.urls import path, re_path

from . import entrance, phones, rooms

app_name = "live"
_STREAM = r"^room/(?P<stream>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/"
_AUDIENCE = r"(?P<audience>wall|console|desk)/"

urlpatterns = [
    path("", entrance.start, name="start"),
    path("m/", entrance.enter_code, name="enter_code"),
    path("m/<str:code>/", entrance.join, name="join"),
    path("m/<str:code>/guest", entrance.guest, name="guest"),
    path("q/<str:slip>/", entrance.slip, name="slip"),
    path("s/<str:link>/", phones.seat, name="seat"),
    path("s/<str:link>/frame", phones.seat_frame, name="seat_frame"),
    path("s/<str:link>/do", phones.seat_do, name="seat_do"),
    path("s/<str:link>/speak/", phones.speak, name="speak"),
    path("s/<str:link>/confirm/", phones.confirm, name="confirm"),
    path("s/<str:link>/digits/", phones.digits, name="digits"),
    re_path(_STREAM + _AUDIENCE + "$", rooms.screen, name="screen"),
    re_path(_STREAM + _AUDIENCE + "frame$", rooms.frame, name="frame"),
    re_path(_STREAM + "do$", rooms.do, name="do"),
]
