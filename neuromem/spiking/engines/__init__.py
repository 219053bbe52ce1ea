"""Engines that run a circuit: all give the same spikes for circuits without noise."""
