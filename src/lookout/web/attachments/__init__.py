"""Files people hand in: looked at for what they truly are, cleaned of hidden data, kept by their digests."""
