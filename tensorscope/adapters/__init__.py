"""One file a framework, one line in the registry; shared code does the rest."""
