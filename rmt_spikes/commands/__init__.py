"""The commands of ``rmt-spikes``, one a file; each file's ``command`` is registered in `rmt_spikes.cli`."""
