"""Schema changes of the machine door, made by Django."""
