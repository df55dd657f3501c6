"""Subcommands of ``rmt-spikes``, one a file, each a Click command named ``command``; only Click is imported early."""
