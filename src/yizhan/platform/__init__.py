"""What the business stands on: database, unit of work, event log, jobs, languages, logs."""
