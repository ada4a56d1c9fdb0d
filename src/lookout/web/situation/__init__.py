"""How things stand: the map with its list, the trend, the structure, what is late, and what worked."""
