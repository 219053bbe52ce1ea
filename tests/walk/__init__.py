"""A walk over everything public with odd values: each call must give a right, finite result or InputError."""
