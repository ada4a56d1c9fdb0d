"""Figures on real and synthetic data; each benchmark is one module with `main(arguments)`."""
