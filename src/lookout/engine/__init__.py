"""From facts to findings: measures, labels, scores, early warnings. Pure functions over tables."""
