"""What survives a crash: leases, budgets, resumable jobs, retries, halving. Knows nothing of email."""
