"""Schema changes of the intake's keys, made by Django."""
