"""Watching a training loop: hooks, records, and the way to stop it."""
