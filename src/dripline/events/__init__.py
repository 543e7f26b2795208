"""What happened: recording events, reading them, the live feed."""
