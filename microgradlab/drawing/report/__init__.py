"""The page of a training run. Floor 8."""
