"""Why a gradient is what it is: its paths, and what is to blame on them. Floor 8."""
