"""The one door through which the desk and the terminal read published runs."""
