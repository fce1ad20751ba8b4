"""The acts of a meeting: the only writers of this room. Importing it declares them all."""

from . import convening, floor, presence, proxies, remarks, seats, sitting

__all__ = ["convening", "floor", "presence", "proxies", "remarks", "seats", "sitting"]
