"""PostgreSQL: connections, transactions, named SQL, migrations, the embedded server. Alone in knowing the driver."""
