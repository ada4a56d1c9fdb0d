"""The contract vault (合同存证): contracts and their digests, checked against law, filings and money."""
