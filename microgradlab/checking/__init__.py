"""Gradient checking as a tool. Floor 7."""
