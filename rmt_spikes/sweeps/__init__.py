"""Sweeps: one problem at many values of its fields, stated once (`specification`), run and stored cell by cell.

A leaf: only the commands import it.  Nothing is loaded here, so that a specification is read without Dask, xarray
and Zarr."""
