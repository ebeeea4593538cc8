"""Graphs as DOT and SVG: looks, layouts, files. Floor 8."""
