"""Evidence deposits: a file's digests entered in the log as they are received, certified, and checked years later."""
