"""启动器: what ``./hall`` does once Python is there. Nothing here imports Django; its commands run as processes."""

from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
"""The clone: the folder with ``hall`` and ``manage.py`` in it."""
