"""Management pages: people and their rights, agencies, and the record of changes."""
