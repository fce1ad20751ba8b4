"""The rooms of a meeting: record, halls, meetings, live, documents.

A plain package, not an app: each room is an app of its own (``sessions.record`` …), so that no app label
collides with ``django.contrib.sessions``.
"""
