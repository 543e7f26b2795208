"""Opens and clicks: links in mail that lead through us, what comes in by them, and what of it a person did."""
