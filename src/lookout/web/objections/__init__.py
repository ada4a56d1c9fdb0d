"""The company's own view of its rating, and its objections, which must be answered."""
