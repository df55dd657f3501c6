"""Commands of ``rmt-spikes``, one file each with a Click command object ``command``; imports are lazy."""
