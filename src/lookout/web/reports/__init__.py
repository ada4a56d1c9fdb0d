"""Reports in official form: catalogue, templates, lifecycle; every number of one leads to its frozen rows."""
