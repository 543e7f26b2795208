"""What every slice may use and nothing may change: ids, time, durations, addresses, errors. Pure."""
