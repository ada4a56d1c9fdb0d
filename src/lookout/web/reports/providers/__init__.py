"""One module per kind of report; each registers one provider and is found by being here."""
