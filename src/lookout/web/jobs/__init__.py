"""What time must do on the desk: one command runs it, and the desk says when it has not run."""
