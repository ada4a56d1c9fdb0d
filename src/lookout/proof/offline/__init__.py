"""The offline verifier in parts, for Python 3.8 and newer and its standard library only.

`proof.bundle` joins the parts into the one file that goes into every package.
"""
