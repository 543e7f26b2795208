"""What survives a crash: leases, budgets, resumable jobs, retry arithmetic. Knows nothing of email."""
