"""`./run bench graph`: trees of any size beside PostGraphile, on a database of their own."""
