"""Screens 画面: for each audience, its parts as HTML, from the stored state alone. One module for each audience."""
