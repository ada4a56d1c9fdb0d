"""Published runs: what they read, how long they took and what they changed."""
