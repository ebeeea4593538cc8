"""The forward and the backward pass, step by step: sentences, page, widget. Floor 8."""
