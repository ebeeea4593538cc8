"""The command line: `microgradlab train iris`. The top floor."""
