"""What walks, searches and counts over a cut's elements; knows no framework and no user."""
