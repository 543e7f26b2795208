"""One mail as bytes: cleaned headers, two parts, one stable identity. Pure, and fast enough not to matter."""
