"""Looking without touching: why something was so, and what would be."""
