"""Schema history of attachments."""
