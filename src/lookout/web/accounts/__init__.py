"""People of the desk: who they are, which role they have and which region they may see."""
