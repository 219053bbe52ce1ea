"""`python -m neuromem` is the command `neuromem`."""

from .cli import main

main()
