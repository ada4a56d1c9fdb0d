"""State of the delivered data: tables, coverage, batches, refused rows, unresolved names."""
